/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of backends. */
#include "backend.h"

#include <string.h>

#include <rte_common.h>

/* clang-format off */
static const struct backend backends[] = {
	{ "user", "net_slirp", false,
"  -netdev user,id=ID[,net=ADDR/MASK][,hostfwd=RULE]...\n"
"                          user-mode network: NAT, DHCP, DNS, TFTP, no root needed\n" },
	{ "tap", "net_tapio", false,
"  -netdev tap,id=ID[,ifname=NAME][,fd=N|fds=X:Y][,script=FILE|no][,downscript=FILE|no]\n"
"          [,br=NAME][,helper=FILE][,sndbuf=SIZE][,vnet_hdr=on|off][,queues=N][,vhost=on|off]\n"
"                          an interface of the host: made here, made before, or passed\n" },
	{ "bridge", "net_tapio", false,
"  -netdev bridge,id=ID[,br=NAME][,helper=FILE]\n"
"                          the same on a bridge, made by QEMU's setuid helper\n" },
	{ "vde", "net_vde", false,
"  -netdev vde,id=ID[,sock=SWITCH][,port=N][,group=NAME][,mode=OCTAL]\n"
"                          a port of a running vde_switch (its folder), or any VNL of libvdeplug\n" },
	{ "hubport", NULL, false,
"  -netdev hubport,id=ID,hubid=N[,netdev=ID][,policy=drop|block]\n"
"                         [,access=VID | [,trunk=VID[-VID][;VID]...][,native=VID]]\n"
"                          a port of hub N, for a device or another backend\n" },
	{ "socket", "net_sock", true,
"  -netdev socket,id=ID,listen=[HOST]:PORT|connect=HOST:PORT|mcast=GROUP:PORT[,localaddr=ADDR]|\n"
"          udp=HOST:PORT,localaddr=[HOST]:PORT|fd=N\n"
"                          QEMU's first socket backend, to other QEMUs or Ringhubs\n" },
	{ "stream", "net_sock", true,
"  -netdev stream,id=ID[,server=on|off],addr.type=inet,addr.host=HOST,addr.port=PORT\n"
"  -netdev stream,id=ID[,server=on|off],addr.type=unix,addr.path=PATH[,addr.abstract=on]\n"
"  -netdev stream,id=ID[,server=on|off],addr.type=fd,addr.str=N\n"
"          [,reconnect-ms=MS]  frames over TCP or a unix socket: QEMU, passt\n" },
	{ "dgram", "net_sock", true,
"  -netdev dgram,id=ID,local.type=inet,local.host=HOST,local.port=PORT,remote.type=inet,\n"
"          remote.host=HOST,remote.port=PORT\n"
"  -netdev dgram,id=ID,local.type=unix,local.path=PATH,remote.type=unix,remote.path=PATH\n"
"  -netdev dgram,id=ID,remote.type=inet,remote.host=GROUP,remote.port=PORT\n"
"                          a frame in each datagram: UDP, multicast, unix\n" },
	{ "l2tpv3", "net_sock", true,
"  -netdev l2tpv3,id=ID,src=ADDR,dst=ADDR,txsession=N[,rxsession=N][,udp=on,srcport=P,dstport=P]\n"
"          [,ipv6=on][,rxcookie=N,txcookie=N][,cookie64=on][,counter=on][,pincounter=on][,offset=N]\n"
"                          static L2TPv3 tunnel, to QEMU, Linux or a router\n" },
	{ "dpdk", NULL, false,
"  -netdev dpdk,id=ID,devargs=NAME[,,KEY=VALUE]...[,queues=N][,mtu=N]\n"
"                          any DPDK network device, such as net_af_packet0,,iface=eth0\n" },
};
/* clang-format on */

/* A hub finishes what a member leaves undone; and one PMD may serve two words. */
static const struct {
	const char *word, *keys;
} backend_presets[] = {
	{ "user", "carry=on" },
	{ "tap", "carry=on" },
	{ "bridge", "carry=on,bridge=on" },
};

const struct backend *
backend_find(const char *word)
{
	size_t i;

	for (i = 0; i < RTE_DIM(backends); i++)
		if (strcmp(backends[i].word, word) == 0)
			return &backends[i];
	return NULL;
}

const char *
backend_preset(const char *word)
{
	size_t i;

	for (i = 0; i < RTE_DIM(backend_presets); i++)
		if (strcmp(backend_presets[i].word, word) == 0)
			return backend_presets[i].keys;
	return "";
}

void
backend_words(char *text, size_t len)
{
	size_t i, at = 0;

	text[0] = '\0';
	for (i = 0; i < RTE_DIM(backends) && at < len; i++)
		at += (size_t)snprintf(text + at, len - at, "%s%s", i > 0 ? ", " : "",
			backends[i].word);
}

void
backend_print_usage(FILE *out)
{
	size_t i;

	for (i = 0; i < RTE_DIM(backends); i++)
		fputs(backends[i].usage, out);
}

bool
backend_print_usage_of(const char *word, FILE *out)
{
	const struct backend *b = backend_find(word);

	if (b != NULL)
		fputs(b->usage, out);
	return b != NULL;
}

void
backend_print_words(FILE *out)
{
	size_t i;

	fputs("Available netdev backend types:\n", out);
	for (i = 0; i < RTE_DIM(backends); i++)
		fprintf(out, "%s\n", backends[i].word);
}
