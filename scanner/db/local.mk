# What scanner/db builds, tests and installs.
