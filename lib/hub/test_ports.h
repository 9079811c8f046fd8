/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests of hubs: ring ports as members, and frames with marks. */
#ifndef HUB_TEST_PORTS_H
#define HUB_TEST_PORTS_H

#include <stdint.h>

#include "hub.h"

struct rte_mbuf;

#define MAX_PORTS 24 /* RTE_MAX_ETHPORTS is 32 in the distribution's DPDK */

extern struct rte_mempool *test_pool;

/* A port whose receive ring the test fills and whose transmit ring it empties. */
struct port {
	struct rte_ring *in, *out;
	uint16_t id;
	struct hub_member *m;
};

extern struct port ports[MAX_PORTS];

/** A small frame: addresses are 16 bits of the real ones, of which bit 8 is the group bit. */
struct frame {
	uint16_t dst, src;
	int tci; /* -1: no tag */
	uint8_t mark;
	uint32_t len; /* as received */
};

#define BROADCAST 0xffff /* a group address; not all its bytes are ff, which nobody looks at */

/** Make the pool. */
void ports_init(void);

/** Port i, with room for out_size - 1 frames that leave it, as a member that takes any offload. */
void port_open(struct port *p, unsigned int i, unsigned int out_size);
void port_close(struct port *p);

/** ports[0] to ports[n - 1]; close_all() also looks for leaks. */
void open_all(unsigned int n);
void close_all(unsigned int n);

/** A frame of len bytes that begins with a number; one with 4,000 bytes of TSO payload in a chain. */
struct rte_mbuf *make(uint32_t number, uint32_t len);
struct rte_mbuf *make_tso(void);
struct rte_mbuf *make_frame(const struct frame *f);

/** Let p receive m; what p was given to send, or NULL. */
void inject(struct port *p, struct rte_mbuf *m);
struct rte_mbuf *take(struct port *p);

/** An input of from, with all other of n ports as direct targets. */
struct hub_input input_of(struct port *from, unsigned int n, struct hub_target *target);

/** Let p receive a frame, and the hub forward it. */
void poll_frame(struct hub_input *in, struct port *p, const struct frame *f);

/** The next frame that p was given to send. @return 0: none. */
int got(struct port *p, struct frame *f);

/** Take and free all that n ports were given to send. @return frames. */
unsigned int drop_all(unsigned int n);

/** A hub of ports[0] to ports[n - 1] with options such as "mode=switch,ageing=60". */
struct hub *make_hub(const char *conf, unsigned int n);

/** The input of one of them by the hub's rules. */
struct hub_input ruled_input(struct hub *hub, struct port *from, struct hub_target *target);

/** Destroy hub, ports and rules of these inputs, and look for leaks. */
void end_hub(struct hub *hub, struct hub_input *in, unsigned int n_in);

#endif
