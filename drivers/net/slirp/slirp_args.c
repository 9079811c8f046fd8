/* SPDX-License-Identifier: BSD-3-Clause */
/* Devargs of net_slirp: the keys of QEMU's -netdev user, and libslirp's that QEMU does not offer. */
#include <stddef.h>

#include "slirp_pmd.h"

#define AT(field)   .offset = offsetof(struct slirp_args, field)
#define SEEN(field) .seen = offsetof(struct slirp_args, field)
#define TEXT(name, field)                                                                          \
	{                                                                                          \
		.key = name, .kind = PMD_ARG_STRING, AT(field)                                     \
	}
#define FLAG(name, field)                                                                          \
	{                                                                                          \
		.key = name, .kind = PMD_ARG_BOOL, AT(field)                                       \
	}
#define LIST(name, field)                                                                          \
	{                                                                                          \
		.key = name, .kind = PMD_ARG_LIST_, AT(field)                                      \
	}

/* clang-format off */
static const struct pmd_arg slirp_args_table[] = {
	{ .key = "ipv4", .kind = PMD_ARG_BOOL, AT(ipv4), SEEN(has_ipv4) },
	{ .key = "ipv6", .kind = PMD_ARG_BOOL, AT(ipv6), SEEN(has_ipv6) },
	TEXT("net", net),
	TEXT("ip", ip),
	TEXT("host", host),
	TEXT("dhcpstart", dhcpstart),
	TEXT("dns", dns),
	TEXT("ipv6-net", ipv6_net),
	TEXT("ipv6-host", ipv6_host),
	TEXT("ipv6-dns", ipv6_dns),
	FLAG("restrict", restrict_),
	TEXT("hostname", hostname),
	TEXT("domainname", domainname),
	LIST("dnssearch", dnssearch),
	TEXT("tftp", tftp),
	TEXT("tftp-server-name", tftp_server_name),
	TEXT("bootfile", bootfile),
	TEXT("smb", smb),
	TEXT("smbserver", smbserver),
	LIST("hostfwd", hostfwd),
	LIST("guestfwd", guestfwd),
	{ .key = "mtu", .kind = PMD_ARG_NUMBER, AT(mtu), .min = 68, .max = SLIRP_MAX_MRU },
	{ .key = "mru", .kind = PMD_ARG_NUMBER, AT(mru), .min = 68, .max = SLIRP_MAX_MRU },
	FLAG("carry", carry),
	FLAG("gso", gso),
	FLAG("disable-host-loopback", disable_host_loopback),
	FLAG("disable-dns", disable_dns),
	FLAG("disable-dhcp", disable_dhcp),
	TEXT("outbound-addr", outbound_addr),
	TEXT("outbound-addr6", outbound_addr6),
};
/* clang-format on */

int
slirp_args_parse(const char *text, struct slirp_args *args, char *why)
{
	*args = (struct slirp_args){ .mtu = 1500, .mru = SLIRP_MAX_MRU, .gso = true };
	return pmd_args_parse(slirp_args_table, RTE_DIM(slirp_args_table), text, args, why,
		SLIRP_WHY_LEN);
}
