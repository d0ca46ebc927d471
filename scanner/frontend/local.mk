# What scanner/frontend builds, tests and installs.
