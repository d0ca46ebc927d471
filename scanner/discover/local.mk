# What scanner/discover builds, tests and installs.
