/* SPDX-License-Identifier: BSD-3-Clause */
/* Devargs of net_guest. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_string_fns.h>

#include "base/log.h"
#include "guest_pmd.h"

LOG_REGISTER("pmd.net.guest");

static int
guest_args_feature(void *field, uint64_t bit, bool on)
{
	uint64_t *mask = field;

	*mask = on ? *mask | bit : *mask & ~bit;
	return 0;
}

/* Off unless asked for, as in QEMU: hashing costs time for each frame. HASH_REPORT, RSS. */
#define GUEST_FEATURES_ASKED (UINT64_C(1) << 57 | UINT64_C(1) << 60)

#define AT(field) .offset = offsetof(struct guest_args, field)
#define FEATURE(name, bits, text)                                                                  \
	{                                                                                          \
		.key = name, .kind = PMD_ARG_CALL, AT(features_mask), .call = guest_args_feature,  \
		.bit = UINT64_C(bits), .help = text                                                \
	}

/* As of ethtool -C in the guest; so many frames unless told. */
#define GUEST_COAL_FRAMES 32
#define COAL(name, field, least, most, text)                                                       \
	{                                                                                          \
		.key = name, .kind = PMD_ARG_NUMBER, AT(field), .min = least, .max = most,         \
		.help = text                                                                       \
	}

/* Feature keys are QEMU's; bit numbers: VIRTIO 1.2, 5.1.3 and 6. */
/* clang-format off */
static const struct pmd_arg guest_args_table[] = {
	{ .key = "model", .kind = PMD_ARG_STRING, AT(model), .help = "NIC model" },
	{ .key = "vhost-user", .kind = PMD_ARG_STRING, AT(vhost_user), .help = "unix socket" },
	{ .key = "vfio-user", .kind = PMD_ARG_STRING, AT(vfio_user), .help = "unix socket" },
	{ .key = "doorbells", .kind = PMD_ARG_STRING, AT(doorbells),
		.help = "mmap: the guest may reach ring registers directly; trap: by messages only" },
	{ .key = "rom", .kind = PMD_ARG_STRING, AT(rom), .seen = offsetof(struct guest_args, has_rom),
		.help = "option ROM file, or off" },
	{ .key = "trace", .kind = PMD_ARG_STRING, AT(trace),
		.help = "file to record register accesses in, for test/traces" },
	{ .key = "revision", .kind = PMD_ARG_NUMBER, AT(revision), .min = 1, .max = 255,
		.help = "PCI revision; rtl8139 below 0x20 is a plain 8139C" },
	{ .key = "mode", .kind = PMD_ARG_STRING, AT(mode), .help = "server or client" },
	{ .key = "mac", .kind = PMD_ARG_MAC, AT(mac), .seen = offsetof(struct guest_args, has_mac),
		.help = "MAC address of the NIC" },
	{ .key = "mtu", .kind = PMD_ARG_NUMBER, AT(mtu), .min = 68, .max = 65535, .help = "MTU" },
	{ .key = "host_mtu", .kind = PMD_ARG_NUMBER, AT(mtu), .min = 68, .max = 65535,
		.help = "the same, QEMU's word" },
	{ .key = "queues", .kind = PMD_ARG_NUMBER, AT(queues), .min = 1, .max = NIC_MAX_QUEUES,
		.help = "queue pairs" },
	{ .key = "carry", .kind = PMD_ARG_BOOL, AT(carry),
		.help = "leave checksum and TSO to the receiver of a frame" },
	{ .key = "packed", .kind = PMD_ARG_BOOL, AT(packed), .help = "offer packed rings" },
	COAL("rx-usecs", rx_usecs, 0, 10000, "interrupts of received frames wait so long for more"),
	COAL("rx-frames", rx_frames, 1, 32768, "or until there are so many"),
	COAL("tx-usecs", tx_usecs, 0, 10000, "interrupts of sent frames wait so long for more"),
	COAL("tx-frames", tx_frames, 1, 32768, "or until there are so many"),
	FEATURE("csum", 0x1, "take partial checksums"),
	FEATURE("guest_csum", 0x2, "give partial checksums"),
	FEATURE("guest_tso4", 0x80, "give TCPv4 segments to be"),
	FEATURE("guest_tso6", 0x100, "give TCPv6 segments to be"),
	FEATURE("host_tso4", 0x800, "take TCPv4 segments to be"),
	FEATURE("host_tso6", 0x1000, "take TCPv6 segments to be"),
	FEATURE("mrg_rxbuf", 0x8000, "mergeable receive buffers"),
	FEATURE("indirect_desc", 0x10000000, "indirect descriptors"),
	FEATURE("event_idx", 0x20000000, "event indexes"),
	FEATURE("device_stats", 0x4000000000000, "statistics by the control queue"),
	FEATURE("vq_notf_coal", 0x10000000000000, "interrupts coalesced as set for a queue"),
	FEATURE("notf_coal", 0x20000000000000, "interrupts coalesced as set for all queues"),
	FEATURE("hash", 0x200000000000000, "report each frame's hash"),
	FEATURE("rss", 0x1000000000000000, "steer frames by hash"),
};
/* clang-format on */

/* Exactly one way to the guest, and one that its model can take. */
static int
guest_args_check_path(const char *name, const struct guest_args *a)
{
	const struct nic_model *model = nic_model_find(a->model);

	if (a->vhost_user[0] != '\0' && a->vfio_user[0] != '\0') {
		LOG(ERR, "%s: both vhost-user= and vfio-user=: give one of them", name);
		return -EINVAL;
	}
	if (a->vhost_user[0] == '\0' && a->vfio_user[0] == '\0') {
		LOG(ERR, "%s: needs %svfio-user=PATH", name,
			model->vring != NULL ? "vhost-user=PATH or " : "");
		return -EINVAL;
	}
	if (a->vhost_user[0] != '\0' && model->vring == NULL) {
		LOG(ERR,
			"%s: vhost-user=%s: only virtio-net is reached so: use vfio-user=%s with "
			"%s",
			name, a->vhost_user, a->vhost_user, model->name);
		return -EINVAL;
	}
	if (a->vfio_user[0] != '\0' && model->pci == NULL) {
		LOG(ERR, "%s: vfio-user=%s: %s is reached by vhost-user=PATH", name, a->vfio_user,
			model->name);
		return -EINVAL;
	}
	if (a->vhost_user[0] != '\0' && (a->features_mask & GUEST_FEATURES_ASKED)) {
		LOG(ERR,
			"%s: rss=on and hash=on are for vfio-user: QEMU has the control queue with "
			"vhost-user",
			name);
		return -EINVAL;
	}
	if (a->vhost_user[0] != '\0' && (a->has_rom || a->doorbells[0] != '\0' ||
						a->revision != 0 || a->trace[0] != '\0')) {
		LOG(ERR,
			"%s: rom=, doorbells=, revision= and trace= are for vfio-user: QEMU has "
			"the device itself with vhost-user",
			name);
		return -EINVAL;
	}
	return 0;
}

/* What the guest itself sets over PCI, and what would do nothing. */
static int
guest_args_check_coal(const char *name, const struct guest_args *a)
{
	if (a->vfio_user[0] != '\0' &&
		(a->rx_usecs | a->rx_frames | a->tx_usecs | a->tx_frames) != 0) {
		LOG(ERR,
			"%s: rx-usecs=, rx-frames=, tx-usecs= and tx-frames= are for vhost-user: "
			"with vfio-user the guest sets them, by ethtool -C",
			name);
		return -EINVAL;
	}
	if ((a->rx_frames != 0 && a->rx_usecs == 0) || (a->tx_frames != 0 && a->tx_usecs == 0)) {
		LOG(ERR, "%s: %s= without %s=: how long may an interrupt wait?", name,
			a->rx_frames != 0 && a->rx_usecs == 0 ? "rx-frames" : "tx-frames",
			a->rx_frames != 0 && a->rx_usecs == 0 ? "rx-usecs" : "tx-usecs");
		return -EINVAL;
	}
	return 0;
}

static int
guest_args_check(const char *name, const struct guest_args *a)
{
	char known[128] = "";
	const struct nic_model *m;
	unsigned int i;

	for (i = 0; (m = nic_model_at(i)) != NULL; i++)
		(void)snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s",
			i > 0 ? ", " : "", m->name);
	if (nic_model_find(a->model) == NULL) {
		LOG(ERR, "%s: model=%s: unknown model; known are %s", name, a->model, known);
		return -EINVAL;
	}
	if (guest_args_check_path(name, a) < 0 || guest_args_check_coal(name, a) < 0)
		return -EINVAL;
	if (a->doorbells[0] != '\0' && strcmp(a->doorbells, "mmap") != 0 &&
		strcmp(a->doorbells, "trap") != 0) {
		LOG(ERR,
			"%s: doorbells=%s: must be mmap (registers of the rings are shared memory) "
			"or trap (they are messages)",
			name, a->doorbells);
		return -EINVAL;
	}
	if (strcmp(a->mode, "server") != 0 && strcmp(a->mode, "client") != 0) {
		LOG(ERR, "%s: mode=%s: must be server (we listen) or client (we connect)", name,
			a->mode);
		return -EINVAL;
	}
	return 0;
}

int
guest_args_parse(const char *name, const char *text, struct guest_args *args)
{
	char why[1024];

	*args = (struct guest_args){
		.model = "virtio-net-pci",
		.mode = "server",
		.queues = 1,
		.features_mask = ~GUEST_FEATURES_ASKED,
	};
	if (pmd_args_parse(guest_args_table, RTE_DIM(guest_args_table), text, args, why,
		    sizeof(why)) < 0) {
		LOG(ERR, "%s: %s", name, why);
		return -EINVAL;
	}
	if (!args->has_mac)
		rte_eth_random_addr(args->mac.addr_bytes);
	return guest_args_check(name, args);
}

/* Where distributions keep the iPXE images that QEMU's own NICs boot from. */
static const char *const guest_rom_dirs[] = { "/usr/lib/ipxe/qemu", "/usr/share/qemu",
	"/usr/share/qemu-efi", "/usr/share/ipxe/qemu" };

/* The image of a model, e.g. "efi-e1000.rom"; these boot with BIOS, too. */
static const struct {
	const char *model, *file;
} guest_roms[] = {
	{ "e1000", "efi-e1000.rom" },
	{ "rtl8139", "efi-rtl8139.rom" },
	{ "virtio-net-pci", "efi-virtio.rom" },
};

/* The ROM that the user named, or the distribution's where it is installed. */
static void
guest_args_rom(struct guest_args *args, const struct nic_model *model)
{
	size_t i, k;

	if (args->has_rom) {
		if (strcmp(args->rom, "off") == 0)
			args->rom[0] = '\0';
		return;
	}
	for (i = 0; i < RTE_DIM(guest_roms); i++) {
		if (strcmp(guest_roms[i].model, model->name) != 0)
			continue;
		for (k = 0; k < RTE_DIM(guest_rom_dirs); k++) {
			(void)snprintf(args->rom, sizeof(args->rom), "%s/%s", guest_rom_dirs[k],
				guest_roms[i].file);
			if (access(args->rom, R_OK) == 0)
				return;
		}
	}
	args->rom[0] = '\0';
}

static struct nic_coal
guest_args_coal(uint32_t usecs, uint32_t frames)
{
	return (struct nic_coal){ usecs, frames != 0 ? frames : GUEST_COAL_FRAMES };
}

int
guest_args_conf(const char *name, struct guest_args *args, struct guest_conf *conf)
{
	bool vfio = args->vfio_user[0] != '\0';

	if (vfio)
		guest_args_rom(args, nic_model_find(args->model));
	*conf = (struct guest_conf){
		.model = nic_model_find(args->model),
		.transport = vfio ? "vfio-user" : "vhost-user",
		.path = vfio ? args->vfio_user : args->vhost_user,
		.doorbells_trap = strcmp(args->doorbells, "trap") == 0,
		.rom = args->rom,
		.trace = args->trace,
		.client = strcmp(args->mode, "client") == 0,
		.nic = {
			.mac = args->mac,
			.mtu = (uint16_t)args->mtu,
			.n_queues = (uint16_t)args->queues,
			.features_mask = args->features_mask,
			.carry = args->carry,
			.waits = true,
			.packed = args->packed,
			.coal = { guest_args_coal(args->rx_usecs, args->rx_frames),
				guest_args_coal(args->tx_usecs, args->tx_frames) },
			.revision = (uint8_t)args->revision,
		},
	};
	rte_strscpy(conf->nic.name, name, sizeof(conf->nic.name));
	if (args->queues > conf->model->max_queues) {
		LOG(ERR, "%s: queues=%u: %s has at most %u", name, args->queues, conf->model->name,
			conf->model->max_queues);
		return -EINVAL;
	}
	return 0;
}
