/* SPDX-License-Identifier: BSD-3-Clause */
/* From devargs to libslirp's configuration: defaults and checks as QEMU has them. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_common.h>

#include "slirp_pmd.h"

#define SLIRP_WHY(why, ...) (snprintf(why, SLIRP_WHY_LEN, __VA_ARGS__), -EINVAL)

static const char *
slirp_text(const char *value)
{
	return value[0] != '\0' ? value : NULL;
}

static int
slirp_conf_family(struct slirp_conf *c, char *why)
{
	const struct slirp_args *a = &c->args;
	bool v4 = true, v6 = true;

	if (a->has_ipv4 && a->has_ipv6) {
		v4 = a->ipv4;
		v6 = a->ipv6;
	} else if (a->has_ipv4) {
		v4 = a->ipv4;
		v6 = !a->ipv4;
	} else if (a->has_ipv6) {
		v6 = a->ipv6;
		v4 = !a->ipv6;
	}
	/* Only one given as off: the other stays on; only one given as on: the other goes off. */
	if (!v4 && !v6)
		return SLIRP_WHY(why, "IPv4 and IPv6 disabled: leave at least one on");
	if (!v4 && (a->net[0] || a->ip[0] || a->host[0] || a->dns[0] || a->dhcpstart[0]))
		return SLIRP_WHY(why, "IPv4 disabled but netmask/host/dns provided");
	if (!v6 && (a->ipv6_net[0] || a->ipv6_host[0] || a->ipv6_dns[0]))
		return SLIRP_WHY(why, "IPv6 disabled but prefix/host6/dns6 provided");
	c->slirp.in_enabled = v4;
	c->slirp.in6_enabled = v6;
	return 0;
}

/* The classful mask QEMU takes when none is given. */
static uint32_t
slirp_default_mask(uint32_t net)
{
	if (!(net & 0x80000000))
		return 0xff000000;
	if ((net & 0xfff00000) == 0xac100000)
		return 0xfff00000;
	if ((net & 0xc0000000) == 0x80000000)
		return 0xffff0000;
	if ((net & 0xffff0000) == 0xc0a80000)
		return 0xffff0000;
	if ((net & 0xfffe0000) == 0xc6120000)
		return 0xfffe0000;
	return 0xffffff00;
}

static int
slirp_conf_net(struct slirp_conf *c, char *why)
{
	const char *key = c->args.ip[0] ? "ip" : "net";
	const char *text = c->args.net[0] ? c->args.net : c->args.ip;
	char copy[PMD_ARG_LEN], *slash;
	struct in_addr a;
	uint32_t mask, net;

	if (c->args.net[0] && c->args.ip[0])
		return SLIRP_WHY(why, "net= and ip= exclude each other");
	if (text[0] == '\0')
		text = "10.0.2.0/24";
	snprintf(copy, sizeof(copy), "%s", text);
	slash = strchr(copy, '/');
	if (slash != NULL)
		*slash++ = '\0';
	if (inet_pton(AF_INET, copy, &a) != 1)
		return SLIRP_WHY(why, "%s=%s: must be ADDRESS[/MASK]", key, text);
	net = ntohl(a.s_addr);
	mask = c->args.ip[0] ? 0xffffff00 : slirp_default_mask(net);
	if (slash != NULL && strchr(slash, '.') != NULL) {
		if (inet_pton(AF_INET, slash, &a) != 1)
			return SLIRP_WHY(why, "%s=%s: bad mask", key, text);
		mask = ntohl(a.s_addr);
	} else if (slash != NULL) {
		char *end;
		unsigned long bits = strtoul(slash, &end, 10);

		if (*slash < '0' || *slash > '9' || *end != '\0' || bits < 4 || bits > 32)
			return SLIRP_WHY(why, "%s=%s: mask must be 4..32 or a.b.c.d", key, text);
		mask = UINT32_MAX << (32 - bits);
	}
	if (mask & (~mask >> 1))
		return SLIRP_WHY(why, "%s=%s: mask is not contiguous", key, text);
	c->slirp.vnetwork.s_addr = htonl(net & mask);
	c->slirp.vnetmask.s_addr = htonl(mask);
	return 0;
}

/* An address of ours: given, or the network with these low bits. */
static int
slirp_conf_addr(struct slirp_conf *c, const char *key, const char *text, uint32_t low,
	struct in_addr *addr)
{
	uint32_t net = ntohl(c->slirp.vnetwork.s_addr), mask = ntohl(c->slirp.vnetmask.s_addr);

	addr->s_addr = htonl(net | (low & ~mask));
	return text[0] == '\0' || inet_pton(AF_INET, text, addr) == 1 ? 0 : -EINVAL;
}

static int
slirp_conf_v4(struct slirp_conf *c, char *why)
{
	const struct slirp_args *a = &c->args;
	SlirpConfig *s = &c->slirp;
	int ret = slirp_conf_net(c, why);

	if (ret < 0)
		return ret;
	if (slirp_conf_addr(c, "host", a->host, 2, &s->vhost) < 0 ||
		(s->vhost.s_addr & s->vnetmask.s_addr) != s->vnetwork.s_addr)
		return SLIRP_WHY(why, "host=%s: must be an address inside net=", a->host);
	if (slirp_conf_addr(c, "dns", a->dns, 3, &s->vnameserver) < 0 ||
		s->vnameserver.s_addr == s->vhost.s_addr)
		return SLIRP_WHY(why, "dns=%s: must be an address other than host=", a->dns);
	if (s->restricted && (s->vnameserver.s_addr & s->vnetmask.s_addr) != s->vnetwork.s_addr)
		return SLIRP_WHY(why, "dns=%s: with restrict=on it must be inside net=", a->dns);
	if (slirp_conf_addr(c, "dhcpstart", a->dhcpstart, 15, &s->vdhcp_start) < 0 ||
		(s->vdhcp_start.s_addr & s->vnetmask.s_addr) != s->vnetwork.s_addr ||
		s->vdhcp_start.s_addr == s->vhost.s_addr ||
		s->vdhcp_start.s_addr == s->vnameserver.s_addr)
		return SLIRP_WHY(why,
			"dhcpstart=%s: must be inside net= and neither host= nor dns=",
			a->dhcpstart);
	return 0;
}

/* prefix::low unless text says otherwise. */
static int
slirp_conf_addr6(const struct slirp_conf *c, const char *text, uint8_t low, struct in6_addr *addr)
{
	*addr = c->slirp.vprefix_addr6;
	addr->s6_addr[15] |= low;
	return text[0] == '\0' || inet_pton(AF_INET6, text, addr) == 1 ? 0 : -EINVAL;
}

static bool
slirp_in_prefix(const struct slirp_conf *c, const struct in6_addr *addr)
{
	unsigned int bits = c->slirp.vprefix_len, i;

	for (i = 0; i < bits; i++)
		if ((addr->s6_addr[i / 8] ^ c->slirp.vprefix_addr6.s6_addr[i / 8]) &
			(0x80 >> i % 8))
			return false;
	return true;
}

static int
slirp_conf_v6(struct slirp_conf *c, char *why)
{
	const struct slirp_args *a = &c->args;
	SlirpConfig *s = &c->slirp;
	char copy[PMD_ARG_LEN], *slash, *end;
	unsigned long bits = 64;

	snprintf(copy, sizeof(copy), "%s", a->ipv6_net[0] ? a->ipv6_net : "fec0::/64");
	slash = strchr(copy, '/');
	if (slash != NULL) {
		*slash++ = '\0';
		bits = strtoul(slash, &end, 10);
		if (*slash < '0' || *slash > '9' || *end != '\0' || bits > 126)
			return SLIRP_WHY(why, "ipv6-net=%s: prefix length must be 0..126",
				a->ipv6_net);
	}
	if (inet_pton(AF_INET6, copy, &s->vprefix_addr6) != 1)
		return SLIRP_WHY(why, "ipv6-net=%s: must be ADDRESS[/LENGTH]", a->ipv6_net);
	s->vprefix_len = (uint8_t)(bits != 0 ? bits : 64);
	if (slirp_conf_addr6(c, a->ipv6_host, 2, &s->vhost6) < 0 || !slirp_in_prefix(c, &s->vhost6))
		return SLIRP_WHY(why,
			"ipv6-host=%s: must be an address inside ipv6-net=", a->ipv6_host);
	if (slirp_conf_addr6(c, a->ipv6_dns, 3, &s->vnameserver6) < 0 ||
		(s->restricted && !slirp_in_prefix(c, &s->vnameserver6)))
		return SLIRP_WHY(why, "ipv6-dns=%s: must be an address%s", a->ipv6_dns,
			s->restricted ? " inside ipv6-net=" : "");
	return 0;
}

static int
slirp_conf_outbound(struct slirp_conf *c, char *why)
{
	const struct slirp_args *a = &c->args;

	if (a->outbound_addr[0]) {
		c->outbound.sin_family = AF_INET;
		if (inet_pton(AF_INET, a->outbound_addr, &c->outbound.sin_addr) != 1)
			return SLIRP_WHY(why, "outbound-addr=%s: not an IPv4 address",
				a->outbound_addr);
		c->slirp.outbound_addr = &c->outbound;
	}
	if (a->outbound_addr6[0]) {
		c->outbound6.sin6_family = AF_INET6;
		if (inet_pton(AF_INET6, a->outbound_addr6, &c->outbound6.sin6_addr) != 1)
			return SLIRP_WHY(why, "outbound-addr6=%s: not an IPv6 address",
				a->outbound_addr6);
		c->slirp.outbound_addr6 = &c->outbound6;
	}
	return 0;
}

/* libslirp would leave the whole list out over one that DNS does not know (RFC 1035, 2.3.4). */
static bool
slirp_is_domain(const char *name)
{
	size_t len = strlen(name), label;

	if (len == 0 || len > 253)
		return false;
	for (; *name != '\0'; name += label + (name[label] == '.')) {
		label = strcspn(name, ".");
		if (label == 0 || label > 63)
			return false;
	}
	return true;
}

/* What has a field of limited size in a DHCP message. */
static int
slirp_conf_lengths(const struct slirp_args *a, char *why)
{
	const struct {
		const char *key, *value;
		size_t max;
	} texts[] = {
		{ "hostname", a->hostname, 255 },
		{ "domainname", a->domainname, 255 },
		{ "tftp-server-name", a->tftp_server_name, 255 },
		{ "bootfile", a->bootfile, 127 },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(texts); i++)
		if (strlen(texts[i].value) > texts[i].max)
			return SLIRP_WHY(why, "%s=%s: must have %zu bytes at most", texts[i].key,
				texts[i].value, texts[i].max);
	for (i = 0; i < a->dnssearch.n; i++)
		if (!slirp_is_domain(a->dnssearch.value[i]))
			return SLIRP_WHY(why,
				"dnssearch=%s: must be a domain: labels of 1 to 63 bytes between "
				"dots",
				a->dnssearch.value[i]);
	return 0;
}

static int
slirp_conf_names(struct slirp_conf *c, char *why)
{
	const struct slirp_args *a = &c->args;
	SlirpConfig *s = &c->slirp;
	unsigned int i;
	int ret = slirp_conf_lengths(a, why);

	if (ret < 0)
		return ret;
	if (a->tftp[0] && access(a->tftp, R_OK | X_OK) < 0)
		return SLIRP_WHY(why, "tftp=%s: %s: give a readable directory", a->tftp,
			strerror(errno));
	if (a->smb[0] || a->smbserver[0])
		return SLIRP_WHY(why,
			"%s=%s: not available in this version: export the directory by "
			"another service on the host, the guest reaches it at the host address",
			a->smb[0] ? "smb" : "smbserver", a->smb[0] ? a->smb : a->smbserver);
	s->vhostname = slirp_text(a->hostname);
	s->vdomainname = slirp_text(a->domainname);
	s->tftp_server_name = slirp_text(a->tftp_server_name);
	s->tftp_path = slirp_text(a->tftp);
	s->bootfile = slirp_text(a->bootfile);
	for (i = 0; i < a->dnssearch.n; i++)
		c->dnssearch[i] = a->dnssearch.value[i];
	s->vdnssearch = a->dnssearch.n > 0 ? c->dnssearch : NULL;
	return 0;
}

int
slirp_conf_build(struct slirp_conf *c, char *why)
{
	const struct slirp_args *a = &c->args;
	int ret;

	c->slirp = (SlirpConfig){
		.version = 4, /* of libslirp 4.7, the oldest we take */
		.restricted = a->restrict_,
		/* Large frames are cut, and datagrams fragmented, by us: slirp_output.c. */
		.if_mtu = a->carry && a->gso ? SLIRP_MAX_MRU : a->mtu,
		.if_mru = a->mru,
		.disable_host_loopback = a->disable_host_loopback,
		.enable_emu = false, /* never: its history is one of overflows */
		.disable_dns = a->disable_dns,
		.disable_dhcp = a->disable_dhcp,
	};
	ret = slirp_conf_family(c, why);
	if (ret == 0 && c->slirp.in_enabled)
		ret = slirp_conf_v4(c, why);
	if (ret == 0 && c->slirp.in6_enabled)
		ret = slirp_conf_v6(c, why);
	if (ret == 0)
		ret = slirp_conf_names(c, why);
	if (ret == 0)
		ret = slirp_conf_outbound(c, why);
	return ret;
}
