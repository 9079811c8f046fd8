#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Run the static checks: check-style.sh [--build DIR] [--list] [NAME...]
#
# Without names all of them. Prints "ok NAME" or what is wrong and "FAIL NAME"; exits non-zero if
# any failed. The build folder (default: build) must be configured: tidy and cppcheck take the
# compiler's flags from its compile_commands.json.
set -u
cd -P "$(dirname "$0")/.." || exit 2

build=${BUILD:-build}
checks=(includes selftest format tidy cppcheck shell python paths whitespace)
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

usage() {
	sed -n '3,7s/^# \{0,1\}//p' usertools/check-style.sh
	echo "Checks: ${checks[*]}"
	exit "${1:-2}"
}

need() {
	command -v "$1" >/dev/null || { echo "no $1: run usertools/setup.sh"; return 1; }
}

need_build() {
	[ -f "$build/compile_commands.json" ] && return
	echo "no $build/compile_commands.json: meson setup $build"
	return 1
}

# files [ENDINGS]: what is under version control, or about to be, NUL-separated; "c|h" by ending.
files() {
	local f ending="\.(${1:-.*})\$"

	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files -z -co --exclude-standard | sort -zu
	else
		find . \( -name .git -o -name 'build*' -o -name __pycache__ \) -prune -o -type f -printf '%P\0'
	fi | while IFS= read -r -d '' f; do
		[ $# = 0 ] || [[ $f =~ $ending ]] || continue
		[ -f "$f" ] && [ ! -L "$f" ] && printf '%s\0' "$f"
	done
}

# Files of a language by their ending or their first line.
scripts() {
	local ending=$1 first=$2 f line

	files | while IFS= read -r -d '' f; do
		case $f in
		*."$ending") printf '%s\0' "$f" && continue ;;
		*.*) continue ;;
		esac
		IFS= read -r line <"$f" 2>/dev/null || continue
		[[ $line =~ $first ]] && printf '%s\0' "$f"
	done 2>/dev/null
}

check_includes() {
	need python3 && usertools/check-includes.py --build "$build"
}

check_selftest() {
	need python3 && usertools/check-includes.py --self-test && usertools/check-commit.sh --self-test &&
		usertools/medians.py --self-test
}

check_format() {
	need clang-format || return
	files 'c|h' | xargs -0 -r clang-format --dry-run -Werror >"$tmp/format-said" 2>&1 && return
	sed -nE 's/^([^ :]+):[0-9]+:[0-9]+: error: .*/\1/p' "$tmp/format-said" | sort | uniq -c \
		>"$tmp/format"
	sed 's/^ *\([0-9]*\) \(.*\)/\2: \1 places: clang-format -i \2/' "$tmp/format"
	[ -s "$tmp/format" ] || cat "$tmp/format-said" # not about the code, but the tool
	return 1
}

# The build's commands, the first of each source: a source is in several programs, but there is one text to check.
commands_once() {
	python3 - "$build/compile_commands.json" "$1" <<-'PY'
		import json, sys
		with open(sys.argv[1], encoding='utf-8') as f:
		    once = {c['file']: c for c in reversed(json.load(f))}
		with open(sys.argv[2], 'w', encoding='utf-8') as f:
		    json.dump(list(once.values()), f, indent=1)
	PY
}

# What tests may do without: CU_ASSERT_..._FATAL() does not return, which the analyzer cannot know.
tidy_one() {
	local more=()

	# Tests run, also under sanitizers, which tell more: so of them only what no run tells. It saves minutes.
	case ${1##*/} in
	test_*) more=(--checks='-*,readability-function-size,readability-misleading-indentation,misc-redundant-expression') ;;
	esac
	clang-tidy -p "$commands" --quiet "${more[@]}" "$1" 2>/dev/null
	# 1 is for findings; a crash must not look like success.
	[ $? -le 1 ] || echo "$1:1:1: error: clang-tidy itself failed"
}

check_tidy() {
	local bad=0 commands=$tmp/once

	need clang-tidy && need python3 && need_build || return
	mkdir "$commands" && commands_once "$commands"/compile_commands.json || return
	export -f tidy_one
	export commands
	# Sources of this tree that the build knows; a file that just went is not an error here.
	grep -o '"file": "[^"]*\.c"' "$build/compile_commands.json" | cut -d'"' -f4 | sort -u |
		(cd "$build" && xargs -r realpath -q -e) | grep "^$PWD/" >"$tmp/sources"
	[ -s "$tmp/sources" ] || { echo "$build/compile_commands.json names no source"; return 1; }
	# shellcheck disable=SC2016 # $1 is the inner shell's
	xargs -d '\n' -n 1 -P "${JOBS:-2}" bash -c 'tidy_one "$1"' tidy <"$tmp/sources" >"$tmp/tidy"
	sed -i "s#^$PWD/$build/\.\./##; s#^\.\./##; s#^$PWD/##" "$tmp/tidy"
	# A header is seen once per file that includes it: tell once.
	grep -E '^[^ ]+:[0-9]+:[0-9]+: (warning|error):' "$tmp/tidy" | sort -u >"$tmp/tidy-said"
	cat "$tmp/tidy-said"
	grep -q ': error:' "$tmp/tidy-said" && bad=1
	return $bad
}

check_cppcheck() {
	need cppcheck && need python3 && need_build && commands_once "$tmp"/commands.json || return
	# Without the headers of DPDK (cppcheck-dpdk.cfg says what it must know of them): seconds, not
	# minutes, and no words about other people's code.
	sed -E 's# -I/usr[^ "]*##g; s# .?-(include|isystem).? [^ "]+##g' "$tmp"/commands.json \
		>"$tmp/compile_commands.json"
	cppcheck --enable=warning,portability,performance --inline-suppr --std=c11 --error-exitcode=1 \
		-j "${JOBS:-2}" --quiet --library=posix --library=usertools/cppcheck-dpdk.cfg \
		--suppress=missingInclude --suppress=missingIncludeSystem \
		--template='{file}:{line}: {severity}: {id}: {message}' \
		--project="$tmp/compile_commands.json" 2>&1 | sed "s#^$PWD/##"
	return "${PIPESTATUS[0]}"
}

check_shell() {
	local bad=0 f

	while IFS= read -r -d '' f; do
		case $(head -n 4 "$f") in
		*bash*) bash -n "$f" 2>&1 || bad=1 ;;
		*) sh -n "$f" 2>&1 || bad=1 ;;
		esac
	done < <(scripts sh '^#!.*[/ ](ba)?sh')
	if command -v shellcheck >/dev/null; then
		scripts sh '^#!.*[/ ](ba)?sh' |
			xargs -0 -r shellcheck --severity=warning --format=gcc || bad=1
	fi
	check_pipes || bad=1
	return $bad
}

# Under pipefail "COMMAND | grep -q" fails now and then: grep ends at the first match, and COMMAND of
# SIGPIPE. A here string does not. (What a guest's busybox runs has no pipefail.)
check_pipes() {
	! scripts sh '^#!.*[/ ](ba)?sh' | xargs -0 -r grep -nE '[^|]\| *grep -[a-zA-Z]*q' |
		grep -vE 'in_guest|^usertools/check-style.sh:' ||
		{ echo 'COMMAND | grep -q: use grep -q ... <<<"$(COMMAND)"'; return 1; }
}

check_python() {
	need python3 || return
	scripts py '^#!.*python' |
		PYTHONPYCACHEPREFIX="$tmp/pycache" xargs -0 -r python3 -W error -m py_compile 2>&1
}

# Paths that exist on one machine only.
check_paths() {
	! files | xargs -0 -r grep -nIE '(^|[^A-Za-z0-9_.])/(home|Users|work|root)/[A-Za-z0-9_.]'
}

check_whitespace() {
	local bad=0 f

	files | xargs -0 -r grep -nIE '[[:blank:]]$|'$'\r''$' && bad=1
	while IFS= read -r -d '' f; do
		[ -s "$f" ] && grep -qI . "$f" && [ -n "$(tail -c 1 "$f")" ] || continue
		echo "$f: no newline at the end"
		bad=1
	done < <(files)
	return $bad
}

names=()
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) usage 0 ;;
	--list) printf '%s\n' "${checks[@]}" && exit 0 ;;
	--build) build=${2:?--build wants a folder} && shift ;;
	-*) usage ;;
	*)
		[[ " ${checks[*]} " == *" $1 "* ]] || { echo "check-style: no check named $1" >&2; usage; }
		names+=("$1")
		;;
	esac
	shift
done
[ ${#names[@]} -gt 0 ] || names=("${checks[@]}")
build=${build%/}

failed=0
for name in "${names[@]}"; do
	if "check_$name" >"$tmp/out" 2>&1; then
		# Warnings that do not fail a check are still worth a look.
		grep -E ': warning:' "$tmp/out"
		echo "ok $name"
	else
		cat "$tmp/out"
		echo "FAIL $name"
		failed=$((failed + 1))
	fi
done
[ "$failed" = 0 ]
