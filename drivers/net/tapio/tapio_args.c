/* SPDX-License-Identifier: BSD-3-Clause */
/* Devargs of net_tapio: the keys of QEMU's -netdev tap and -netdev bridge. */
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_string_fns.h>

#include "tapio_pmd.h"

#define TAPIO_SCRIPT	 "/etc/qemu-ifup"
#define TAPIO_DOWNSCRIPT "/etc/qemu-ifdown"
#define TAPIO_BRIDGE	 "br0"
#define TAPIO_VHOST	 "/dev/vhost-net"
#define TAPIO_BUSY_US	 100

#define AT(field)   .offset = offsetof(struct tapio_args, field)
#define SEEN(field) .seen = offsetof(struct tapio_args, field)

/* clang-format off */
static const struct pmd_arg tapio_args_table[] = {
	{ .key = "ifname", .kind = PMD_ARG_STRING, AT(ifname), SEEN(has_ifname), .help = "interface; \"tap%d\": the kernel picks" },
	{ .key = "fd", .kind = PMD_ARG_STRING, AT(fd), SEEN(has_fd), .help = "an open tap" },
	{ .key = "fds", .kind = PMD_ARG_STRING, AT(fds), SEEN(has_fds), .help = "open queues of a tap, X:Y:Z" },
	{ .key = "script", .kind = PMD_ARG_STRING, AT(script), SEEN(has_script), .help = "run with the interface's name when it is there; no: none" },
	{ .key = "downscript", .kind = PMD_ARG_STRING, AT(downscript), SEEN(has_downscript), .help = "run before it is closed; no: none" },
	{ .key = "br", .kind = PMD_ARG_STRING, AT(br), SEEN(has_br), .help = "bridge, for helper" },
	{ .key = "helper", .kind = PMD_ARG_STRING, AT(helper), SEEN(has_helper), .help = "program that makes the tap" },
	{ .key = "sndbuf", .kind = PMD_ARG_STRING, AT(sndbuf), SEEN(has_sndbuf), .help = "bytes the kernel may hold" },
	{ .key = "vnet_hdr", .kind = PMD_ARG_BOOL, AT(vnet_hdr), SEEN(has_vnet_hdr), .help = "on: must, off: must not; default: if it can" },
	{ .key = "queues", .kind = PMD_ARG_NUMBER, AT(queues), SEEN(has_queues), .min = 1, .max = TAPIO_MAX_QUEUES, .help = "queue pairs" },
	{ .key = "vhost", .kind = PMD_ARG_BOOL, AT(vhost), .help = "leave the tap to the kernel's vhost" },
	{ .key = "vhostfd", .kind = PMD_ARG_STRING, AT(vhostfd), SEEN(has_vhostfd), .help = "open vhost device" },
	{ .key = "vhostfds", .kind = PMD_ARG_STRING, AT(vhostfds), SEEN(has_vhostfds), .help = "open vhost devices" },
	{ .key = "vhostforce", .kind = PMD_ARG_BOOL, AT(vhostforce), .help = "the same as vhost" },
	{ .key = "poll-us", .kind = PMD_ARG_NUMBER, AT(poll_us), SEEN(has_poll_us), .min = 0, .max = INT_MAX, .help = "how long vhost polls" },
	{ .key = "bridge", .kind = PMD_ARG_BOOL, AT(bridge), .help = "QEMU's -netdev bridge: br= and helper= only" },
	{ .key = "carry", .kind = PMD_ARG_BOOL, AT(carry), .help = "leave checksum and TSO to the receiver of a frame" },
	{ .key = "busy-us", .kind = PMD_ARG_NUMBER, AT(busy_us), .min = 0, .max = 1000000000, .help = "how long an lcore reads on after the last frame before a thread looks out" },
};

/* Keys that make no sense with each way to get the tap. */
static const struct {
	const char *key;
	size_t seen;
	bool with_fd, with_fds, with_helper, with_bridge;
} tapio_args_excluded[] = {
	{ "ifname", offsetof(struct tapio_args, has_ifname), true, true, true, true },
	{ "script", offsetof(struct tapio_args, has_script), true, true, true, true },
	{ "downscript", offsetof(struct tapio_args, has_downscript), true, true, true, true },
	{ "vnet_hdr", offsetof(struct tapio_args, has_vnet_hdr), true, true, true, true },
	{ "queues", offsetof(struct tapio_args, has_queues), true, true, true, true },
	{ "helper", offsetof(struct tapio_args, has_helper), true, true, false, false },
	{ "br", offsetof(struct tapio_args, has_br), true, true, false, false },
	{ "fds", offsetof(struct tapio_args, has_fds), true, false, true, true },
	{ "fd", offsetof(struct tapio_args, has_fd), false, false, true, true },
	{ "vhostfds", offsetof(struct tapio_args, has_vhostfds), true, false, true, true },
	{ "vhostfd", offsetof(struct tapio_args, has_vhostfd), false, true, false, true },
	{ "sndbuf", offsetof(struct tapio_args, has_sndbuf), false, false, false, true },
};
/* clang-format on */

/* Where distributions keep QEMU's helper. */
static const char *const tapio_helpers[] = { "/usr/lib/qemu/qemu-bridge-helper",
	"/usr/libexec/qemu-bridge-helper", "/usr/local/libexec/qemu-bridge-helper" };

static int
tapio_args_exclude(const struct tapio_args *a, char *why)
{
	const char *way = a->bridge	  ? "-netdev bridge"
			  : a->has_fd	  ? "fd="
			  : a->has_fds	  ? "fds="
			  : a->has_helper ? "helper="
					  : NULL;
	size_t i;

	for (i = 0; way != NULL && i < RTE_DIM(tapio_args_excluded); i++) {
		bool bad = a->bridge	? tapio_args_excluded[i].with_bridge
			   : a->has_fd	? tapio_args_excluded[i].with_fd
			   : a->has_fds ? tapio_args_excluded[i].with_fds
					: tapio_args_excluded[i].with_helper;

		if (!bad || !*(const bool *)((const char *)a + tapio_args_excluded[i].seen))
			continue;
		snprintf(why, TAPIO_WHY_LEN, "%s= is invalid with %s: leave one of them out",
			tapio_args_excluded[i].key, way);
		return -EINVAL;
	}
	if (way == NULL && a->has_br) {
		snprintf(why, TAPIO_WHY_LEN,
			"br=%.100s: is for helper=, which puts the tap on the bridge: give "
			"helper= too, or use -netdev bridge",
			a->br);
		return -EINVAL;
	}
	return 0;
}

/* vhost moves the frames inside the kernel: that is another driver's work. */
static int
tapio_args_vhost(const struct tapio_args *a, char *why)
{
	if (!a->vhost && !a->vhostforce && (a->has_vhostfd || a->has_vhostfds || a->has_poll_us)) {
		snprintf(why, TAPIO_WHY_LEN, "%s= is not valid without vhost: add vhost=on",
			a->has_vhostfd	  ? "vhostfd"
			: a->has_vhostfds ? "vhostfds"
					  : "poll-us");
		return -EINVAL;
	}
	if (!a->vhost && !a->vhostforce)
		return 0;
	if (access(TAPIO_VHOST, F_OK) < 0)
		snprintf(why, TAPIO_WHY_LEN,
			"vhost=on: this host has no " TAPIO_VHOST
			": load the module vhost_net, or leave vhost=on out");
	else
		snprintf(why, TAPIO_WHY_LEN,
			"vhost=on: DPDK's net_virtio_user does that: "
			"net_virtio_user0,path=" TAPIO_VHOST ",iface=%.15s,queue_size=1024",
			a->has_ifname ? a->ifname : "tap0");
	return -EINVAL;
}

/* One descriptor number at *text; moves behind it. @return it or -EINVAL. */
static int
tapio_args_fd(const char **text)
{
	char *end;
	unsigned long n;

	if (**text < '0' || **text > '9')
		return -EINVAL;
	errno = 0;
	n = strtoul(*text, &end, 10);
	if (errno != 0 || n > INT_MAX || (*end != '\0' && *end != ':'))
		return -EINVAL;
	*text = *end == ':' ? end + 1 : end;
	return *end == ':' && end[1] == '\0' ? -EINVAL : (int)n;
}

static int
tapio_args_fds(struct tapio_args *a, char *why)
{
	const char *at = a->has_fd ? a->fd : a->fds;
	const char *key = a->has_fd ? "fd" : "fds";
	uint32_t n = 0, i;

	do {
		int fd = tapio_args_fd(&at);

		if (fd < 0 || (a->has_fd && *at != '\0')) {
			snprintf(why, TAPIO_WHY_LEN, "%s=%.100s: must be %s", key,
				a->has_fd ? a->fd : a->fds,
				a->has_fd ? "the number of an open tap"
					  : "numbers of the open queues of one tap, as 5:6:7");
			return -EINVAL;
		}
		if (n == TAPIO_MAX_QUEUES) {
			snprintf(why, TAPIO_WHY_LEN, "fds=%.100s: more than %d queues", a->fds,
				TAPIO_MAX_QUEUES);
			return -EINVAL;
		}
		for (i = 0; i < n; i++) {
			if (a->fd_list[i] != fd)
				continue;
			snprintf(why, TAPIO_WHY_LEN,
				"fds=%.100s: has %d twice: each queue has its own", a->fds, fd);
			return -EINVAL;
		}
		a->fd_list[n++] = fd;
	} while (*at != '\0');
	a->queues = n;
	return 0;
}

/* QEMU's sizes: a number with b, k, K, M, G or T; 0 and nothing mean no limit. */
static int
tapio_args_sndbuf(struct tapio_args *a, char *why)
{
	static const char units[] = "bkKMGT";
	static const unsigned int shift[] = { 0, 10, 10, 20, 30, 40 };
	const char *unit;
	char *end;
	unsigned long long n;

	a->sndbuf_bytes = INT_MAX;
	if (!a->has_sndbuf)
		return 0;
	errno = 0;
	n = strtoull(a->sndbuf, &end, 0);
	unit = *end != '\0' ? strchr(units, *end) : units;
	if (a->sndbuf[0] < '0' || a->sndbuf[0] > '9' || errno != 0 || unit == NULL ||
		(*end != '\0' && end[1] != '\0') || n > (ULLONG_MAX >> shift[unit - units])) {
		snprintf(why, TAPIO_WHY_LEN,
			"sndbuf=%.100s: must be a size, such as 1048576 or 1M; 0: no limit",
			a->sndbuf);
		return -EINVAL;
	}
	n <<= shift[unit - units];
	if (n != 0)
		a->sndbuf_bytes = (int)RTE_MIN(n, (unsigned long long)INT_MAX);
	return 0;
}

/* What was not said. */
static void
tapio_args_defaults(struct tapio_args *a)
{
	size_t i;

	if (!a->has_script)
		rte_strscpy(a->script, TAPIO_SCRIPT, sizeof(a->script));
	if (!a->has_downscript)
		rte_strscpy(a->downscript, TAPIO_DOWNSCRIPT, sizeof(a->downscript));
	if (a->script[0] == '\0')
		rte_strscpy(a->script, "no", sizeof(a->script));
	if (a->downscript[0] == '\0')
		rte_strscpy(a->downscript, "no", sizeof(a->downscript));
	if (!a->has_br)
		rte_strscpy(a->br, TAPIO_BRIDGE, sizeof(a->br));
	for (i = 0; i < RTE_DIM(tapio_helpers) && !a->has_helper; i++) {
		rte_strscpy(a->helper, tapio_helpers[i], sizeof(a->helper));
		if (access(a->helper, F_OK) == 0)
			break;
	}
	if (!a->has_ifname)
		rte_strscpy(a->ifname, "tap%d", sizeof(a->ifname));
}

int
tapio_args_parse(const char *text, struct tapio_args *a, char *why)
{
	int ret;

	*a = (struct tapio_args){ .queues = 1, .vnet_hdr = true, .busy_us = TAPIO_BUSY_US };
	ret = pmd_args_parse(tapio_args_table, RTE_DIM(tapio_args_table), text, a, why,
		TAPIO_WHY_LEN);
	if (ret == 0)
		ret = tapio_args_exclude(a, why);
	if (ret == 0)
		ret = tapio_args_vhost(a, why);
	if (ret == 0)
		ret = tapio_args_sndbuf(a, why);
	if (ret == 0 && (a->has_fd || a->has_fds))
		ret = tapio_args_fds(a, why);
	if (ret < 0)
		return ret;
	if (a->has_ifname && (a->ifname[0] == '\0' || strlen(a->ifname) >= IFNAMSIZ ||
				     strchr(a->ifname, '/') != NULL)) {
		snprintf(why, TAPIO_WHY_LEN, "ifname=%.100s: must have 1 to %d characters, no '/'",
			a->ifname, IFNAMSIZ - 1);
		return -EINVAL;
	}
	tapio_args_defaults(a);
	a->way = a->has_fd || a->has_fds      ? TAPIO_BY_FD
		 : a->bridge || a->has_helper ? TAPIO_BY_HELPER
					      : TAPIO_BY_NAME;
	return 0;
}

bool
tapio_wants_script(const struct tapio_args *a, bool down)
{
	const char *script = down ? a->downscript : a->script;

	if (a->way != TAPIO_BY_NAME || strcmp(script, "no") == 0)
		return false;
	/* QEMU's default is left out where QEMU is not installed. */
	return (down ? a->has_downscript : a->has_script) || access(script, X_OK) == 0;
}
