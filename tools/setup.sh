# Shared by quickstart and runtests: what has to be installed, and the build in ./_build.
# Sourced, with the top of the source tree as the current directory.
# shellcheck shell=bash

say() {
	printf '%s\n' "$*" >&2
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		sudo "$@"
	else
		return 1
	fi
}

# The newest packaged libclang that is new enough: configure refuses older ones.
apt_clang_version() {
	local v
	for v in 22 21 20 19 18 17; do
		if apt-cache show "libclang-$v-dev" >/dev/null 2>&1; then
			echo "$v"
			return
		fi
	done
	echo 19
}

installed_clang_version() {
	local v
	for v in 22 21 20 19 18 17; do
		if dpkg -s "libclang-$v-dev" "clang-$v" >/dev/null 2>&1; then
			echo "$v"
			return
		fi
	done
}

# Package names for what the argument asks for: "build" or "test".
packages_apt() {
	local v
	v=$(installed_clang_version)
	[ -n "$v" ] || v=$(apt_clang_version)
	echo autoconf automake make gcc pkg-config libjansson-dev "libclang-$v-dev" python3-venv
	if [ "$1" = test ]; then
		echo g++ cmake libcmocka-dev "clang-$v" "libclang-rt-$v-dev" "clang-format-$v" valgrind shellcheck \
			python3 xz-utils git
	fi
}

packages_dnf() {
	echo autoconf automake make gcc pkgconf-pkg-config jansson-devel clang-devel
	[ "$1" != test ] || echo gcc-c++ cmake libcmocka-devel clang clang-tools-extra compiler-rt valgrind \
		ShellCheck python3 xz git libasan libubsan
}

packages_pacman() {
	echo autoconf automake make gcc pkgconf jansson clang
	[ "$1" != test ] || echo cmake cmocka valgrind shellcheck python xz git
}

packages_brew() {
	echo autoconf automake pkg-config jansson llvm
	[ "$1" != test ] || echo cmake cmocka shellcheck python3 xz
}

missing_apt() {
	local p
	for p in "$@"; do
		dpkg -s "$p" 2>/dev/null | grep -q '^Status: install ok installed' || echo "$p"
	done
}

missing_dnf() {
	local p
	for p in "$@"; do
		rpm -q --whatprovides "$p" >/dev/null 2>&1 || echo "$p"
	done
}

missing_pacman() {
	pacman -T "$@" || true
}

missing_brew() {
	local p
	for p in "$@"; do
		brew list --formula "$p" >/dev/null 2>&1 || echo "$p"
	done
}

install_apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" \
		>/dev/null
}

package_manager() {
	local m
	for m in apt-get dnf pacman brew; do
		if command -v "$m" >/dev/null; then
			echo "${m%-get}"
			return
		fi
	done
}

# Installs what is missing for "build" or "test"; without the right to do so it says what
# to install and fails.
setup_packages() {
	local manager missing command
	manager=$(package_manager)
	if [ -z "$manager" ]; then
		say "$0: no apt, dnf, pacman or brew here: install libclang 17 or newer, Jansson, CMocka," \
			"autoconf, automake, make, pkg-config and a C11 compiler by hand"
		return 0
	fi
	if [ "$manager" = apt ] && [ -z "$(installed_clang_version)" ]; then
		as_root apt-get update -qq >/dev/null 2>&1 || true
	fi
	# shellcheck disable=SC2046
	missing=$("missing_$manager" $("packages_$manager" "$1"))
	[ -n "$missing" ] || return 0
	missing=$(echo "$missing" | tr '\n' ' ')
	case $manager in
	apt) command="apt-get install --no-install-recommends $missing" ;;
	dnf) command="dnf install $missing" ;;
	pacman) command="pacman -S --needed $missing" ;;
	brew) command="brew install $missing" ;;
	esac
	say "installing: $missing"
	# shellcheck disable=SC2086
	case $manager in
	apt) install_apt $missing || { as_root apt-get update -qq >/dev/null && install_apt $missing; } ;;
	dnf) as_root dnf install -y -q $missing >/dev/null ;;
	pacman) as_root pacman -S --needed --noconfirm $missing >/dev/null ;;
	brew) brew install -q $missing >/dev/null ;;
	esac || {
		say "$0: could not install them; as root, run:"
		say "    $command"
		return 1
	}
}

# unpack_libclang DIR VERSION: the wheel that tools/libclang-VERSION.txt names, laid out in DIR like
# an installed LLVM, with the C headers of the packaged libclang of the same version.
unpack_libclang() {
	local dir=$1 v=$2 native soname
	native=$dir/wheel/clang/native
	python3 -m venv "$dir/venv" &&
		"$dir/venv/bin/python" -m pip install -q --no-input --no-deps --no-compile --retries 1 \
			--timeout 20 --only-binary=:all: --require-hashes --target "$dir/wheel" \
			-r "tools/libclang-$v.txt" &&
		soname=$(readelf -d "$native/libclang.so" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p') &&
		[ -n "$soname" ] &&
		mkdir -p "$dir/lib/clang" &&
		mv "$native/libclang.so" "$dir/lib/$soname" &&
		mv "$native/resource" "$dir/lib/clang/$v" &&
		{ [ "$soname" = libclang.so ] || ln -s "$soname" "$dir/lib/libclang.so"; } &&
		ln -s "/usr/lib/llvm-$v/include" "$dir/include" &&
		ln -s "/usr/lib/llvm-$v/bin" "$dir/bin" &&
		rm -rf "$dir/wheel" "$dir/venv"
}

# libclang_option BUILD: prints the option of configure that names a libclang which has LLVM within.
# A packaged one loads LLVM from a library of its own, which takes longer than to read a small
# extension; of the same version, from the Python package index, it takes a third of that.
# Prints nothing where there is none for this machine, or no index: then the packaged one is used.
libclang_option() {
	local build=$1 v
	v=$(installed_clang_version 2>/dev/null)
	[ -n "$v" ] && [ -f "tools/libclang-$v.txt" ] && [ -d "/usr/lib/llvm-$v/include" ] || return 0
	mkdir -p "$build"
	if [ ! -d "$build/libclang" ] && [ ! -f "$build/Makefile" ]; then
		rm -rf "$build/libclang.new"
		if unpack_libclang "$build/libclang.new" "$v" >"$build/libclang.log" 2>&1; then
			mv "$build/libclang.new" "$build/libclang"
		else
			rm -rf "$build/libclang.new"
			say "the packaged libclang is used, which takes longer to load (see $build/libclang.log)"
		fi
	fi
	[ ! -d "$build/libclang" ] || echo "--with-libclang=$PWD/$build/libclang"
}

# setup_build DIR [configure arguments]: configures where needed and builds.
setup_build() {
	local dir=$1
	shift
	# Once configured, make itself notices changed build files.
	[ -x configure ] || autoreconf -i >/dev/null 2>&1 || autoreconf -i
	mkdir -p "$dir"
	if [ ! -f "$dir/Makefile" ]; then
		(cd "$dir" && ../configure -q "$@")
	fi
	make -s -C "$dir" -j"$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)" >&2
}
