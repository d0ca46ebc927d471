# What docs builds, tests and installs.
