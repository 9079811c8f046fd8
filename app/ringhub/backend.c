/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of backends. */
#include "backend.h"

#include <string.h>

#include <rte_common.h>

/* clang-format off */
static const struct backend backends[] = {
	{ "user", "net_slirp",
"  -netdev user,id=ID[,net=ADDR/MASK][,hostfwd=RULE]...\n"
"                          user-mode network: NAT, DHCP, DNS, TFTP, no root needed\n" },
	{ "hubport", NULL,
"  -netdev hubport,id=ID,hubid=N[,netdev=ID][,policy=drop|block]\n"
"                         [,access=VID | [,trunk=VID[-VID][;VID]...][,native=VID]]\n"
"                          a port of hub N, for a device or another backend\n" },
	{ "dpdk", NULL,
"  -netdev dpdk,id=ID,devargs=NAME[,,KEY=VALUE]...\n"
"                          any DPDK network device\n" },
};
/* clang-format on */

const struct backend *
backend_find(const char *word)
{
	size_t i;

	for (i = 0; i < RTE_DIM(backends); i++)
		if (strcmp(backends[i].word, word) == 0)
			return &backends[i];
	return NULL;
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

void
backend_print_words(FILE *out)
{
	size_t i;

	fputs("Available netdev backend types:\n", out);
	for (i = 0; i < RTE_DIM(backends); i++)
		fprintf(out, "%s\n", backends[i].word);
}
