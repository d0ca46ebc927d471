PyObject *shared_value(PyObject *args);
void shared_setup(void);
