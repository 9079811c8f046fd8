#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# guest.sh COMMAND DIR [...]: a stock Linux guest in a stock QEMU, for tests, measurements and a look.
#
#   boot DIR [OPTIONS] [-- QEMU OPTIONS]   start a guest in the background; DIR holds its state
#       --vhost-user PATH[,KEY=VALUE...]   a virtio-net NIC on this socket; may be given several times;
#                                          mode=server  QEMU listens, and Ringhub connects
#                                          reconnect=1  QEMU connects, again when Ringhub returns
#                                          queues=N     N queue pairs
#                                          mac=M        default 52:54:00:12:34:56 and up
#                                          any other key goes to -device virtio-net-pci
#       --vfio-user PATH[,KEY=VALUE...]    a NIC on this socket; QEMU >= 10.1 (--qemu new);
#                                          keys go to -device vfio-user-pci (JSON strings)
#       --user-net [OPTIONS]               a NIC on QEMU's own -netdev user, to compare with
#       --qemu old|new|PATH                the host's QEMU (default), the one of setup.sh --guest-tools
#       --accel auto|kvm|tcg               auto: KVM when a probe of it boots this kernel, else TCG
#       --netboot                          no kernel: the firmware boots from the NIC, on the console
#       --mem SIZE --smp N --machine M     256M, 1, q35
#       --initrd FILE                      instead of the small initramfs; e.g. fetch-guest-dpdk.sh's
#       --private-memory                   no share=on: wrong for vhost-user, to see what is said
#       --shell                            a login shell on the console
#   wait DIR [SECONDS]      until the guest answers (60)
#   run DIR [-t SECONDS] COMMAND...   run it in the guest: its output, its exit code
#   reset DIR               press the reset button
#   shell DIR               this terminal becomes the guest's console; Ctrl-] leaves
#   stop DIR                end QEMU; kill DIR: SIGKILL it
#   pid DIR                 QEMU's process id, if it runs
#   accel                   kvm or tcg: what auto would take
#
# Files in DIR: console.log, qemu.log, qemu.cmd (the command line), agent.sock, console.sock, qmp.sock.
# In the guest: busybox, dhcp [IFACE], modprobe, and the modules of fetch-guest-kernel.sh.
# Socket paths have 107 bytes at most: keep DIR short.
set -euo pipefail
. "$(dirname "$0")/common.sh"

KERNEL=$RINGHUB_CACHE/guest/vmlinux
[ -s "$KERNEL" ] || KERNEL=$RINGHUB_CACHE/guest/kernel/vmlinuz # as the distribution packed it
INITRAMFS=$RINGHUB_CACHE/guest/initramfs.cpio
GUESTCTL=$RINGHUB_TOP/test/lib/guestctl

qemu_of() {
	case $1 in
	old) command -v qemu-system-x86_64 || die "no qemu-system-x86_64: run usertools/setup.sh" ;;
	new)
		[ -x "$RINGHUB_CACHE"/guest-tools/qemu-system-x86_64 ] ||
			die "no newer QEMU: run usertools/setup.sh --guest-tools"
		echo "$RINGHUB_CACHE"/guest-tools/qemu-system-x86_64
		;;
	*)
		[ -x "$1" ] || die "--qemu $1: no such program; old, new or a path"
		echo "$1"
		;;
	esac
}

qemu_major() {
	"$1" --version | sed -n 's/^QEMU emulator version \([0-9]*\).*/\1/p'
}

# kvm_works QEMU: this kernel boots under KVM within 20 s. A /dev/kvm may be there and yet hang a
# stock kernel. The answer is remembered until the host's next boot.
kvm_works() {
	local memo answer=no
	[ -w /dev/kvm ] || return 1
	memo=$RINGHUB_CACHE/guest/kvm-$(cat /proc/sys/kernel/random/boot_id)-$(basename "$(readlink -f "$1")")-${KERNEL##*/}
	if [ ! -e "$memo" ]; then
		timeout -k 1 20 "$1" -accel kvm -cpu host -machine q35 -m 256M -nodefaults -display none \
			-no-reboot -kernel "$KERNEL" -initrd "$INITRAMFS" -serial stdio \
			-append "console=ttyS0 quiet panic=-1 ringhub.probe" </dev/null 2>/dev/null |
			grep -q 'ringhub-guest: ready' && answer=yes
		echo "$answer" >"$memo"
	fi
	[ "$(cat "$memo")" = yes ]
}

# The running QEMU of DIR; a process id may be in use by another program by now.
pid_of() {
	local pid
	pid=$(cat "$1"/qemu.pid 2>/dev/null) && grep -qsF "$1/agent.sock" /proc/"$pid"/cmdline && echo "$pid"
}

gone() { ! pid_of "$1" >/dev/null; }

qemu_args=()
n_nics=0
no_msix=no
major=0

# add_nic SPEC: turn PATH,KEY=VALUE,... into QEMU's words.
add_nic() {
	local part parts chardev mac netdev='' device='' n=$n_nics queues=1
	IFS=, read -r -a parts <<<"$1"
	chardev=socket,id=c$n,path=${parts[0]}
	[ "${#parts[0]}" -le 107 ] || die "socket path longer than 107 bytes: ${parts[0]}"
	mac=$(printf '52:54:00:12:34:%02x' $((0x56 + n)))
	for part in "${parts[@]:1}"; do
		case $part in
		mode=server) chardev=$chardev,server=on,wait=off ;;
		reconnect=*)
			# QEMU has reconnect-ms since 9.2, and reconnect no more in 11.
			if [ "$major" -ge 10 ]; then part=reconnect-ms=$((${part#*=} * 1000)); fi
			chardev=$chardev,$part
			;;
		queues=*) queues=${part#*=} ;;
		mac=*) mac=${part#*=} ;;
		*) device=$device,$part ;;
		esac
	done
	# Without KVM, QEMU 7.2 (any before 10, to be sure) crashes when the driver of a vhost-user
	# NIC turns MSI-X on, whoever serves it: it takes the KVM-only path of a masked vector.
	[ "$no_msix" = no ] || device=$device,vectors=0
	if [ "$queues" -gt 1 ]; then
		netdev=,queues=$queues
		device=$device,mq=on
		[ "$no_msix" = yes ] || device=$device,vectors=$((2 * queues + 2))
	fi
	qemu_args+=(-chardev "$chardev" -netdev "vhost-user,id=n$n,chardev=c$n$netdev"
		-device "virtio-net-pci,netdev=n$n,mac=$mac$device")
	n_nics=$((n + 1))
}

# add_vfio SPEC: the same for vfio-user-pci, which knows its socket in JSON only.
add_vfio() {
	local part parts json=''
	IFS=, read -r -a parts <<<"$1"
	[ "${#parts[0]}" -le 107 ] || die "socket path longer than 107 bytes: ${parts[0]}"
	for part in "${parts[@]:1}"; do
		json=$json,\"${part%%=*}\":\"${part#*=}\"
	done
	qemu_args+=(-device "{\"driver\":\"vfio-user-pci\",\"socket\":{\"path\":\"${parts[0]}\",\"type\":\"unix\"}$json}")
	n_nics=$((n_nics + 1))
}

add_user_net() {
	qemu_args+=(-netdev "user,id=n$n_nics$1"
		-device "virtio-net-pci,netdev=n$n_nics,mac=$(printf '52:54:00:12:34:%02x' $((0x56 + n_nics)))")
	n_nics=$((n_nics + 1))
}

cmd_boot() {
	local dir=$1 qemu=old accel=auto mem=256M smp=1 machine=q35 share=on append='' cpu=max netboot=no
	local nics=() nic extra=() initrd=$INITRAMFS
	shift
	while [ $# -gt 0 ]; do
		case $1 in
		--vhost-user) nics+=("$2"); shift ;;
		--vfio-user) nics+=("vfio $2"); shift ;;
		--user-net)
			nics+=(user)
			case ${2:---} in --*) ;; *) nics[-1]=user,$2; shift ;; esac
			;;
		--qemu) qemu=$2; shift ;;
		--accel) accel=$2; shift ;;
		--mem) mem=$2; shift ;;
		--smp) smp=$2; shift ;;
		--machine) machine=$2; shift ;;
		--private-memory) share=off ;;
		--initrd) initrd=$2; shift ;;
		--netboot) netboot=yes ;;
		--shell) append=' ringhub.shell' ;;
		--) shift; extra=("$@"); break ;;
		*) die "boot: unknown option $1; guest.sh --help lists them" ;;
		esac
		shift
	done
	if [ ! -s "$KERNEL" ] || [ ! -s "$INITRAMFS" ]; then
		die "no guest kernel: run usertools/setup.sh"
	fi
	[ -s "$initrd" ] || die "--initrd $initrd: no such file"
	mkdir -p "$dir"
	gone "$dir" || die "a guest runs in $dir already"
	qemu=$(qemu_of "$qemu")
	if [ "$accel" = auto ]; then
		if kvm_works "$qemu"; then accel=kvm; else accel=tcg; fi
	fi
	[ "$accel" != kvm ] || cpu=host
	major=$(qemu_major "$qemu")
	[ "$accel" = kvm ] || [ "$major" -ge 10 ] || no_msix=yes
	for nic in "${nics[@]}"; do
		case $nic in
		user | user,*) add_user_net "${nic#user}" ;;
		"vfio "*)
			[ "$major" -ge 10 ] || die "--vfio-user needs QEMU >= 10.1: --qemu new"
			add_vfio "${nic#vfio }"
			;;
		*) add_nic "$nic" ;;
		esac
	done
	local boot=(-kernel "$KERNEL" -initrd "$initrd" -append "console=ttyS0 quiet panic=-1$append")
	if [ "$netboot" = yes ]; then
		boot=(-boot n)
		machine=$machine,graphics=off # the firmware's messages go to the serial port
	fi
	set -- "$qemu" -accel "$accel" -machine "$machine,memory-backend=mem" -cpu "$cpu" -smp "$smp" \
		-m "$mem" -object "memory-backend-memfd,id=mem,size=$mem,share=$share" \
		-nodefaults -display none "${boot[@]}" \
		-chardev "socket,id=console,path=$dir/console.sock,server=on,wait=off,logfile=$dir/console.log" \
		-serial chardev:console \
		-chardev "socket,id=agent,path=$dir/agent.sock,server=on,wait=off" -serial chardev:agent \
		-qmp "unix:$dir/qmp.sock,server=on,wait=off" "${qemu_args[@]}" "${extra[@]}"
	printf '%q ' "$@" >"$dir"/qemu.cmd
	rm -f "$dir"/{agent,console,qmp}.sock
	setsid "$@" </dev/null >"$dir"/qemu.log 2>&1 &
	echo $! >"$dir"/qemu.pid
	if ! retry_until 10 test -S "$dir"/agent.sock || gone "$dir"; then
		cat "$dir"/qemu.log >&2
		die "QEMU did not start; its command line is in $dir/qemu.cmd"
	fi
}

cmd_wait() {
	"$GUESTCTL" "$1"/agent.sock --wait "${2:-60}" || {
		tail -n 20 "$1"/qemu.log "$1"/console.log >&2
		return 1
	}
}

cmd_run() {
	local dir=$1
	shift
	"$GUESTCTL" "$dir"/agent.sock "$@"
}

qmp() {
	printf '{"execute":"qmp_capabilities"}\n%s\n' "$2" | socat -t 1 - UNIX-CONNECT:"$1"/qmp.sock >/dev/null
}

cmd_reset() { qmp "$1" '{"execute":"system_reset"}'; }

cmd_stop() {
	local pid signal=${2:-TERM}
	if pid=$(pid_of "$1"); then
		kill -"$signal" "$pid" 2>/dev/null || :
		retry_until 5 gone "$1" || kill -KILL "$pid" 2>/dev/null || :
		retry_until 5 gone "$1" || die "QEMU (process $pid) does not end"
	fi
	rm -f "$1"/qemu.pid "$1"/{agent,console,qmp}.sock
}

cmd_shell() {
	say "the guest's console; Ctrl-] leaves it"
	socat -,raw,echo=0,escape=0x1d UNIX-CONNECT:"$1"/console.sock || :
}

command=${1:-}
case $command in
-h | --help) usage_of "$0"; exit 0 ;;
accel) if kvm_works "$(qemu_of old)"; then echo kvm; else echo tcg; fi; exit ;;
boot | wait | run | reset | shell | stop | kill | pid) ;;
*) usage_of "$0" >&2; exit 1 ;;
esac
[ $# -ge 2 ] || die "$command needs a folder; see --help"
dir=$(realpath -m "$2")
shift 2
case $command in
kill) cmd_stop "$dir" KILL ;;
pid) pid_of "$dir" ;;
*) cmd_"$command" "$dir" "$@" ;;
esac
