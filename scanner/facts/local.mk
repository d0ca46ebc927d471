# What scanner/facts builds, tests and installs.
