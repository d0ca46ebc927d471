# What scanner/verdict builds, tests and installs.
