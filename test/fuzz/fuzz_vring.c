/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: virtio-net whose rings a transport sets up, as a whole guest over the loop transport. */
#include <stdlib.h>

#include <rte_common.h>
#include <rte_errno.h>

#include "fuzz.h"
#include "guest/guest.h"
#include "transport/loop/loop_transport.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Bits of the first byte of an input. */
#define VRING_CARRY  (1 << 0)
#define VRING_PACKED (1 << 1)
#define VRING_HIGH   (1 << 2) /* memory at the end of all addresses */
#define VRING_PAIRS  (1 << 3) /* two queue pairs */

#define VRING_OPS 700 /* of one input */

/** All of one run. */
struct fuzz_vring {
	struct guest *guest;
	struct transport *tr;
	struct fuzz_port port;
	uint8_t *log;
};

static void
vring_link(void *ctx, bool up)
{
}

static void
vring_announce(void *ctx, const struct rte_ether_addr *mac)
{
}

static const struct guest_events vring_events = { vring_link, vring_announce };

static uint16_t
vring_from_guest(void *dev, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	return guest_from_guest(dev, q, pkts, n);
}

static uint16_t
vring_to_guest(void *dev, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	return guest_to_guest(dev, q, pkts, n);
}

static void
vring_op_features(struct fuzz_vring *f, struct fuzz_in *in)
{
	bool known = fuzz_u8(in) & 1;
	uint64_t features = fuzz_u64(in);

	loop_set_features(f->tr, known ? features & loop_features(f->tr) : features);
}

static void
vring_op_start(struct fuzz_vring *f, struct fuzz_in *in)
{
	uint8_t idx = fuzz_u8(in) % 6, how = fuzz_u8(in);
	struct nic_vring where = { .size = fuzz_u16(in), .packed = how & 1 };

	where.desc_gpa = fuzz_gpa(fuzz_u16(in));
	where.avail_gpa = fuzz_gpa(fuzz_u16(in));
	where.used_gpa = fuzz_gpa(fuzz_u16(in));
	where.base = fuzz_u16(in);
	where.log_used_gpa = how & 2 ? where.used_gpa : 0;
	loop_vring_start(f->tr, idx, &where);
}

static void
vring_op_stop(struct fuzz_vring *f, struct fuzz_in *in)
{
	loop_vring_stop(f->tr, fuzz_u8(in) % 6);
}

static void
vring_op_mem(struct fuzz_vring *f, struct fuzz_in *in)
{
	fuzz_mem_op(in);
}

static void
vring_op_fill(struct fuzz_vring *f, struct fuzz_in *in)
{
	fuzz_mem_fill_op(in);
}

static void
vring_op_from(struct fuzz_vring *f, struct fuzz_in *in)
{
	fuzz_from_op(&f->port, in);
}

static void
vring_op_to(struct fuzz_vring *f, struct fuzz_in *in)
{
	fuzz_to_op(&f->port, in);
}

static void
vring_op_starve(struct fuzz_vring *f, struct fuzz_in *in)
{
	fuzz_starve_op(in);
}

static void
vring_op_clear(struct fuzz_vring *f, struct fuzz_in *in)
{
	unsigned int i;

	loop_mem_clear(f->tr);
	for (i = 0; i < FUZZ_PIECES; i++)
		fuzz_mem_set(i, false);
}

static void
vring_op_add(struct fuzz_vring *f, struct fuzz_in *in)
{
	unsigned int i = fuzz_u8(in) % FUZZ_PIECES;
	const struct fuzz_piece *p = &fuzz_piece[i];

	/* What is there already is refused. */
	if (loop_mem_add(f->tr, p->gpa, p->len, p->hva) == 0)
		fuzz_mem_set(i, true);
}

/* The peer leaves, with its memory, and the next one comes. */
static void
vring_op_gone(struct fuzz_vring *f, struct fuzz_in *in)
{
	struct guest_info info;
	unsigned int i;

	loop_gone(f->tr);
	for (i = 0; i < FUZZ_PIECES; i++)
		fuzz_mem_set(i, false);
	guest_get_info(f->guest, &info);
	FUZZ_CHECK(info.state == GUEST_WAITING && info.queues_up == 0 && info.memory_bytes == 0);
	loop_connect(f->tr);
}

static void
vring_op_running(struct fuzz_vring *f, struct fuzz_in *in)
{
	guest_set_running(f->guest, fuzz_u8(in) & 1);
}

/* A dirty log that may be shorter than memory. */
static void
vring_op_log(struct fuzz_vring *f, struct fuzz_in *in)
{
	uint8_t len = fuzz_u8(in) % 16;

	loop_mem_log(f->tr, NULL, 0);
	free(f->log);
	f->log = len == 0 ? NULL : calloc(1, len);
	loop_mem_log(f->tr, f->log, len);
}

static void
vring_op_look(struct fuzz_vring *f, struct fuzz_in *in)
{
	struct guest_info info;

	f->tr->events->vring_untouched(f->tr->ctx, fuzz_u8(in) % 6);
	guest_get_info(f->guest, &info);
	guest_watch(f->guest);
	guest_clear_counters(f->guest);
}

static void
vring_op_tell(struct fuzz_vring *f, struct fuzz_in *in)
{
	guest_set_link(f->guest, fuzz_u8(in) & 1);
	f->tr->events->set_mtu(f->tr->ctx, fuzz_u16(in));
	f->tr->events->announce(f->tr->ctx, &fuzz_mac);
}

static void (*const vring_ops[])(struct fuzz_vring *f, struct fuzz_in *in) = {
	vring_op_features,
	vring_op_start,
	vring_op_stop,
	vring_op_mem,
	vring_op_fill,
	vring_op_from,
	vring_op_to,
	vring_op_starve,
	vring_op_clear,
	vring_op_add,
	vring_op_gone,
	vring_op_running,
	vring_op_log,
	vring_op_look,
	vring_op_tell,
};

static bool
vring_up(struct fuzz_vring *f, uint8_t how)
{
	const struct guest_conf conf = {
		.model = nic_model_find("virtio-net-pci"),
		.transport = "loop",
		.nic = { .name = "fuzz",
			.mac = fuzz_mac,
			.n_queues = how & VRING_PAIRS ? 2 : 1,
			.features_mask = ~UINT64_C(0),
			.carry = how & VRING_CARRY,
			.packed = how & VRING_PACKED },
	};
	uint16_t q;

	f->guest = guest_create(&conf, &vring_events, NULL);
	if (f->guest == NULL)
		return false;
	f->tr = guest_transport(f->guest);
	for (q = 0; q < conf.nic.n_queues; q++)
		guest_set_pool(f->guest, q, fuzz_pool);
	f->port = (struct fuzz_port){ vring_from_guest, vring_to_guest, f->guest, conf.nic.n_queues,
		conf.nic.carry, true, FUZZ_WORK };
	loop_connect(f->tr);
	guest_set_running(f->guest, true);
	return true;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	fuzz_init();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_in in = { data, len };
	struct fuzz_vring f = { 0 };
	uint8_t how = fuzz_u8(&in);
	unsigned int i;

	fuzz_begin(fuzz_u8(&in));
	fuzz_mem_reset(how & VRING_HIGH);
	if (vring_up(&f, how)) {
		for (i = 0; i < FUZZ_PIECES; i++)
			vring_op_add(&f, &(struct fuzz_in){ (const uint8_t *)"\0\1\2" + i, 1 });
		for (i = 0; i < VRING_OPS && in.left > 0 && f.port.work > 0; i++)
			vring_ops[fuzz_u8(&in) % RTE_DIM(vring_ops)](&f, &in);
		guest_destroy(f.guest);
	}
	free(f.log);
	fuzz_end();
	return 0;
}
