# What bench builds, tests and installs.
