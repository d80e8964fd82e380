#pragma once

// Resampling (SimBoard, HostLink) and echo cancellation. The functions import as they are.
#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>
#include <speex/speex_resampler.h>
