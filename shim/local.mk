# What shim builds, tests and installs.
