#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Check the messages of commits: check-commit.sh [RANGE] | --message FILE | --self-test
#
# The subject is "area: imperative lower-case summary", at most 60 characters; then an empty line
# and a body wrapped at 72. RANGE is as for git log; default: what is not upstream yet.
# As a hook, .git/hooks/commit-msg: exec usertools/check-commit.sh --message "$1"
set -u

usage() {
	sed -n '3,7s/^# \{0,1\}//p' "$0"
	exit "${1:-2}"
}

# Verbs in a form that is not the imperative, where people write them most.
not_imperative='add(ed|s|ing)|fix(ed|es|ing)|chang(ed|es|ing)|remov(ed|es|ing)|updat(ed|es|ing)'
not_imperative+='|implement(ed|s|ing)|mov(ed|es|ing)|renam(ed|es|ing)|us(ed|es|ing)|mad(e)|mak(es|ing)'
not_imperative+='|test(ed|s|ing)|wr(ites|iting|ote)|introduc(ed|es|ing)|support(ed|s|ing)'
not_imperative+='|allow(ed|s|ing)|creat(ed|es|ing)|delet(ed|es|ing)|improv(ed|es|ing)'

# Print what is wrong with the message on stdin, one line each; nothing when it is fine.
check_message() {
	local subject second line n=0

	IFS= read -r subject || true
	case $subject in
	"fixup!"* | "squash!"* | "amend!"*)
		echo "subject: squash it before it is shared"
		return
		;;
	esac
	[ ${#subject} -le 60 ] || echo "subject: ${#subject} characters; 60 at most"
	if ! [[ $subject =~ ^[a-z0-9][a-z0-9_./-]*(,\ ?[a-z0-9][a-z0-9_./-]*)*:\ [a-z0-9] ]]; then
		echo "subject: want \"area: lower-case summary\", e.g. \"nic/virtio: bound chains\""
	fi
	[[ $subject != *. ]] || echo "subject: no full stop at its end"
	if [[ $subject =~ :\ ($not_imperative)(\ |$) ]]; then
		echo "subject: imperative, please (\"add\", not \"${BASH_REMATCH[1]}\")"
	fi
	IFS= read -r second || true
	[ -z "$second" ] || echo "line 2: leave it empty"
	while IFS= read -r line || [ -n "$line" ]; do
		n=$((n + 1))
		check_body_line "$line" $((n + 2))
	done
}

check_body_line() {
	local line=$1 n=$2

	case $line in
	Fixes:*)
		[[ $line =~ ^Fixes:\ [0-9a-f]{12}\ \(\".+\"\)$ ]] ||
			echo "line $n: want Fixes: <12 hex digits> (\"title\")"
		return
		;;
	# Quoted text, tables, addresses and trailers are not wrapped.
	" "* | $'\t'* | ">"* | "|"* | *://* | [A-Z]*-[Bb]y:*) return ;;
	esac
	[ ${#line} -le 72 ] || echo "line $n: ${#line} characters; wrap at 72"
}

check_range() {
	local range=$1 commit what bad=0 n=0 commits

	commits=$(git rev-list --no-merges "$range") || return 2
	for commit in $commits; do
		n=$((n + 1))
		what=$(git log -1 --format=%B "$commit" | check_message)
		[ -z "$what" ] && continue
		bad=1
		git log -1 --format='%h %s' "$commit"
		printf '%s\n' "$what" | sed 's/^/    /'
	done
	echo "check-commit: $n commits in $range" >&2
	return $bad
}

# expect WANT MESSAGE: the messages that are wrong must be found so, and no others.
expect() {
	local got

	got=$(printf '%b' "$2" | check_message)
	tests=$((tests + 1))
	if [ "$1" = ok ] && [ -n "$got" ] || [[ "$1" != ok && "$got" != *"$1"* ]]; then
		echo "self-test: '$2': want $1, got '$got'"
		wrong=$((wrong + 1))
	fi
}

self_test() {
	tests=0 wrong=0
	expect ok 'nic/e1000: clear ICR on read only when INTA is set\n'
	expect ok 'hub: flood by reference\n\nBecause.\n\nFixes: 0123456789ab ("hub: x")\n'
	expect ok 'doc: name a page\n\nhttps://example.org/a/very/long/address/that/nobody/can/wrap/at/all/x\n'
	expect ok 'hub: x\n\nReported-by: A Very Long Name Indeed That Goes On <someone@a.long.example.org>\n'
	expect 'want "area' 'flood by reference\n'
	expect 'want "area' 'hub: Flood by reference\n'
	expect 'want "area' 'Hub: flood by reference\n'
	expect 'want "area' 'hub:flood by reference\n'
	expect 'want "area' ''
	expect '60 at most' 'hub: flood every frame by reference to all of the other members\n'
	expect 'full stop' 'hub: flood by reference.\n'
	expect 'imperative' 'hub: added flooding\n'
	expect 'imperative' 'hub: fixes flooding\n'
	expect 'squash it' 'fixup! hub: flood by reference\n'
	expect 'line 2' 'hub: flood by reference\nBecause.\n'
	expect 'wrap at 72' "hub: x\n\n$(printf 'x%.0s' {1..73})\n"
	expect 'want Fixes' 'hub: x\n\nFixes: 0123 ("hub: x")\n'
	expect 'want Fixes' 'hub: x\n\nFixes: 0123456789ab hub: x\n'
	echo "check-commit self-test: $tests cases, $wrong wrong"
	[ "$wrong" = 0 ]
}

case ${1:-} in
-h | --help) usage 0 ;;
--self-test) self_test ;;
--message)
	[ $# = 2 ] || usage
	what=$(grep -v '^#' "$2" | check_message)
	[ -z "$what" ] || { printf '%s\n' "$what" >&2; exit 1; }
	;;
-*) usage ;;
*)
	cd "$(dirname "$0")/.." || exit 2
	git rev-parse -q --verify HEAD >/dev/null || { echo "check-commit: no commits yet" >&2; exit 0; }
	if [ $# -gt 0 ]; then
		range=$1
	elif git rev-parse -q --verify '@{upstream}' >/dev/null 2>&1; then
		range='@{upstream}..HEAD'
	else
		range=HEAD
	fi
	check_range "$range"
	;;
esac
