/* Read at the end of datetime.h: its macros that are no plain values. */
#ifdef __cplusplus
extern "C" {
#endif
PyDateTime_CAPI *gc_PyDateTime_IMPORT(void);
PyObject *gc_PyDateTime_FromDateAndTime(int, int, int, int, int, int, int);
PyObject *gc_PyDateTime_FromDateAndTimeAndFold(int, int, int, int, int, int, int, int);
/* The store into PyDateTimeAPI is Python's own and safe: not shown. */
#define PyDateTime_IMPORT	gc_PyDateTime_IMPORT()
#define PyDateTime_TimeZone_UTC PyDateTimeAPI->TimeZone_UTC
#define PyDateTime_FromDateAndTime(year, month, day, hour, min, sec, usec) \
	gc_PyDateTime_FromDateAndTime((year), (month), (day), (hour), (min), (sec), (usec))
#define PyDateTime_FromDateAndTimeAndFold(year, month, day, hour, min, sec, usec, fold)	\
	gc_PyDateTime_FromDateAndTimeAndFold(						\
		(year), (month), (day), (hour), (min), (sec), (usec), (fold))
#ifdef __cplusplus
}
#endif
