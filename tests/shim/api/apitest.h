/* SPDX-License-Identifier: 0BSD */
#ifdef __cplusplus
extern "C"
#endif
	PyObject *
	test_second_file(PyObject *self, PyObject *unused);
