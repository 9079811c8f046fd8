/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: a vhost-user front end made of bare messages. */
#ifndef TRANSPORT_VHOST_USER_TEST_VHU_FRONT_H
#define TRANSPORT_VHOST_USER_TEST_VHU_FRONT_H

#include <stdint.h>

#define FEATURES  ((UINT64_C(1) << 32) | (UINT64_C(1) << VIRTIO_NET_F_MTU))
#define MEM_LEN	  0x100000u
#define USER_BASE UINT64_C(0x7f0000000000) /* where the front end says its memory is */
#define RING_SIZE 256

extern char test_dir[64]; /* of the socket "s" */

/** The front end. */
struct front {
	int sock, memfd, call[2], kick[2];
};

/** Send one message with descriptors. */
void send_msg(const struct front *f, uint32_t request, const void *payload, uint32_t len,
	const int *fds, unsigned int n_fds);
/** Messages with a u64, with a ring and a descriptor, with a vring state. */
void send_u64(const struct front *f, uint32_t request, uint64_t value);
void send_fd(const struct front *f, uint32_t request, uint64_t idx, int fd);
void send_state(const struct front *f, uint32_t request, uint32_t idx, uint32_t num);
/** Ask for something that is answered with a u64 or a vring state. @return UINT64_MAX: no answer. */
uint64_t ask(const struct front *f, uint32_t request, uint64_t payload);
/** Connect, with new memory and eventfds; and close all that. */
void front_open(struct front *f);
void front_close(struct front *f);
/** A memory table of one region of len bytes, or of MEM_LEN, with so many descriptors. */
void send_memory_of(const struct front *f, uint64_t len, unsigned int n_fds);
void send_memory(const struct front *f, unsigned int n_fds);
/** All that ring idx needs; and all that two rings need. */
void send_ring(const struct front *f, uint32_t idx);
void bring_up(const struct front *f);

#endif
