#include <np/arrayobject.h>
#include <bind/bind.h>
#include <plain/p.h>
#include <site/s.h>
