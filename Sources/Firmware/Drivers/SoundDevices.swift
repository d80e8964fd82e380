import HAL

extension ALSACapture: Microphone {}
extension ALSAPlayback: Speaker {}
