# What scanner/report builds, tests and installs.
