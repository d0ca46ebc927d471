# What scanner/rules builds, tests and installs.
