# What scanner/link builds, tests and installs.
