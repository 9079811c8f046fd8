/* SPDX-License-Identifier: BSD-3-Clause */
/* Option ROMs: the file a guest's firmware boots from. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <rte_common.h>

#include "base/log.h"
#include "guest_private.h"

LOG_REGISTER("guest");

#define ROM_MIN 2048	/* bytes a ROM BAR can have */
#define ROM_MAX 1048576 /* bytes; the largest of the distributions are 512 KiB */

/* Read the whole file into memory of a power of two, the rest of it all ones as in a chip. */
static int
guest_rom_read(FILE *f, uint8_t **rom, uint32_t *len)
{
	struct stat st;
	size_t n;

	if (fstat(fileno(f), &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size < 3)
		return -EINVAL;
	if (st.st_size > ROM_MAX)
		return -EFBIG;
	*len = rte_align32pow2((uint32_t)RTE_MAX(st.st_size, ROM_MIN));
	*rom = malloc(*len);
	if (*rom == NULL)
		return -ENOMEM;
	memset(*rom, 0xff, *len);
	n = fread(*rom, 1, (size_t)st.st_size, f);
	/* PCI Firmware 3.0, 5.1: every image begins with this signature. */
	if (n == (size_t)st.st_size && (*rom)[0] == 0x55 && (*rom)[1] == 0xaa)
		return 0;
	free(*rom);
	*rom = NULL;
	return n == (size_t)st.st_size ? -EINVAL : -EIO;
}

int
guest_rom_load(const char *name, const char *path, uint8_t **rom, uint32_t *len)
{
	FILE *f = fopen(path, "rbe");
	int ret = f == NULL ? -errno : guest_rom_read(f, rom, len);

	if (f != NULL)
		(void)fclose(f);
	if (ret < 0) {
		*len = 0;
		LOG(ERR, "%s: rom=%s: %s: give a PCI option ROM of at most 1 MiB, or rom=off", name,
			path, ret == -EINVAL ? "not a PCI option ROM" : strerror(-ret));
	}
	return ret;
}
