#pragma once

// Bar codes and QR codes in grey pictures. The functions import as they are.
#include <zbar.h>
