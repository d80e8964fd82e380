import HAL

extension ALSACapture: Microphone {}
extension ALSAPlayback: Speaker {}
extension V4L2Camera: Camera {}
