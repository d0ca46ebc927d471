ffi.set_source("pkg._cffi", "int x;")
