#include "spam_config.h"
/* Two answers are none. */
#if SPAM_VERSION > 1
#define SPAM_FLAVOUR 1
#else
#define SPAM_FLAVOUR 2
#endif
