#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Without root: a tap that was made for the user, one passed as a descriptor; and wrong options, each
# with one line that says what would be right.
. "$(dirname "$0")/../guest/_init.sh"
. "$RINGHUB_TOP/test/lib/netns.sh"

USER_OPTIONS='--no-huge -m 256 --no-pci -l 0,1 --iova-mode=va'

ns_new host a
ns_ip host tuntap add dev ta mode tap user nobody
ns_ip host tuntap add dev tother mode tap user daemon
ns_ip host tuntap add dev tscript mode tap user nobody
ns_ip host tuntap add dev tmulti mode tap user nobody multi_queue
mkdir -m 711 "$RUN"/user
chown nobody "$RUN"/user
chmod 711 "$RUN"

# as_nobody OPTIONS...: ringhub without any right; its file has to be readable for that user.
cp "$RINGHUB" "$RUN"/ringhub.bin
chmod 755 "$RUN"/ringhub.bin
as_nobody() {
	ns_exec host setpriv --reuid=nobody --regid=nogroup --clear-groups --bounding-set=-all --inh-caps=-all \
		env XDG_RUNTIME_DIR="$RUN"/user "$RUN"/ringhub.bin $USER_OPTIONS -- "$@"
}
# refused WHAT PATTERN OPTIONS...: exit code 1 and one line with the pattern.
refused() {
	local what=$1 pattern=$2 code=0
	shift 2
	(as_nobody "$@" -monitor none) </dev/null >"$RUN"/out 2>&1 || code=$?
	grep -q "^ringhub: .*$pattern" "$RUN"/out || { cat "$RUN"/out; fail "$what: no '$pattern'"; }
	[ "$code" -eq 1 ] || fail "$what: exit code $code"
	ok "$what: $(grep -m 1 '^ringhub: ' "$RUN"/out)"
}

(as_nobody -netdev tap,id=a,ifname=ta,script=no,downscript=no -netdev user,id=u \
	-netdev hubport,id=h0,hubid=0,netdev=a -netdev hubport,id=h1,hubid=0,netdev=u \
	-monitor unix:"$RUN"/user/hub.mon) </dev/null >"$RUN"/hub.log 2>&1 &
run_adopt $!
echo $! >"$RUN"/hub.pid
user_ctl() { "$CTL" "$RUN"/user/hub.mon "$@"; }
up() { user_ctl info network >/dev/null 2>&1; }
eventually 20 "nobody's ringhub opens nobody's tap" up
ns_give ta a 10.0.2.15/24
eventually 5 "it reaches the user network through it" ns_pings a 10.0.2.2
check "SIGTERM: exit 0" ringhub_stop hub

refused "another user's tap" 'ifname=tother: not permitted: make the tap beforehand' \
	-netdev tap,id=a,ifname=tother,script=no,downscript=no
refused "a tap that is to be made" 'not permitted: make the tap beforehand: ip tuntap add dev tap0' \
	-netdev tap,id=a,script=no,downscript=no
refused "no such descriptor" 'fd=77: not an open descriptor' -netdev tap,id=a,fd=77
refused "a descriptor that is no tap" 'fd=0: not a tap' -netdev tap,id=a,fd=0
refused "a tap of several queues" 'ifname=tmulti: is there but of another kind: queues=1' \
	-netdev tap,id=a,ifname=tmulti,script=no,downscript=no
refused "a script that fails" 'network script /bin/false failed with status 1' \
	-netdev tap,id=a,ifname=tscript,script=/bin/false
refused "a script that is not there" 'script=/nonexistent: cannot be run: No such file' \
	-netdev tap,id=a,ifname=tscript,script=/nonexistent
refused "keys that exclude each other" 'ifname= is invalid with fd=' -netdev tap,id=a,fd=5,ifname=ta
refused "a key that does not exist" "unknown key 'bogus'" -netdev tap,id=a,bogus=1
refused "vhost" 'vhost=on: ' -netdev tap,id=a,ifname=ta,vhost=on
refused "a bridge that does not exist" 'bridge helper failed' -netdev bridge,id=a,br=nonexistent
