/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: a vfio-user client of bare messages, and a PCI function that notes what is done to it. */
#ifndef TRANSPORT_VFIO_USER_TEST_VFU_H
#define TRANSPORT_VFIO_USER_TEST_VFU_H

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdint.h>

#include "vfu.h"
#include "vfu_transport.h"

#define T_BAR_LEN  0x20000u
#define T_SHARED   0x4000u
#define T_ROM_LEN  2048u
#define T_MSIX	   4
#define T_MSI	   2
#define T_MAX_MEM  16
#define T_BAR_NOTE 4096
#define T_BAR_HELD 2048u /* from here on a write needs the datapath held */

/** A port: what its guest was told. C writes, the test reads after a reply or t_wait(). */
struct test_port {
	struct transport *tr;
	char path[64];
	unsigned int connected, gone, resets, clears, reads, writes;
	uint8_t bar[T_BAR_NOTE]; /* BAR 0, its first bytes */
	uint8_t config[NIC_PCI_CONFIG_LEN];
	uint8_t rom[T_ROM_LEN];
	int shared_fd;
	int refuse_mem;		/* what mem_add answers */
	uint32_t busy;		/* somebody else is in the guest: no lcore comes in */
	unsigned int hold_gone; /* gone() waits while it is set, as for an lcore; atomic */
	struct {
		uint64_t gpa, len;
		uint8_t *hva;
	} mem[T_MAX_MEM];
	unsigned int n_mem;
	uint8_t *log; /* of log_len bytes */
	uint64_t log_len;
};

/** Open and close a port; with is the shared memory. */
void t_open(struct test_port *p, const char *name, bool shared);
/** The same with a register trace; NULL: none. */
void t_open_traced(struct test_port *p, const char *name, bool shared, const char *trace);
void t_close(struct test_port *p);

/** Connect as a client: a blocking socket with a time limit; in two steps, or both. */
int t_socket(void);
void t_connect_socket(int sock, const struct test_port *p);
int t_connect(const struct test_port *p);

/** What came back. */
struct test_reply {
	struct vfu_hdr hdr;
	uint8_t body[4096];
	uint32_t len; /* of the body */
	int fd;	      /* that came along; -1: none. The caller closes it */
};

/** A message to be sent: header fields, body, descriptors. */
struct test_message {
	uint16_t command;
	uint32_t flags;
	const void *body;
	uint32_t len;
	const int *fd;
	unsigned int n_fds;
};

/** Send a message. @return whether all of it was sent. */
bool t_send_message(int sock, const struct test_message *m);
#define T_SEND(sock, ...) t_send_message(sock, &(struct test_message){ __VA_ARGS__ })

/** Receive a reply. @return false when the connection is over. */
bool t_recv(int sock, struct test_reply *r);
/** Both. @return the errno of the reply, 0 when it is none; -1 when the connection is over. */
int t_ask(int sock, uint16_t command, const void *body, uint32_t len, struct test_reply *r);
int t_ask_message(int sock, const struct test_message *m);
#define T_ASK_FDS(sock, command, ...)                                                              \
	t_ask_message(sock, &(struct test_message){ command, 0, __VA_ARGS__ })

/** Exchange versions. */
void t_hello(int sock);

/** Connect and exchange versions. */
int t_client(const struct test_port *p);

/** Write to, and read from, a region. @return as t_ask(). */
int t_write(int sock, uint32_t region, uint64_t offset, const void *data, uint32_t n);
int t_read(int sock, uint32_t region, uint64_t offset, void *data, uint32_t n);

/** Map size bytes of a file, from offset on; fd -1: without memory. @return as t_ask(). */
int t_map(int sock, uint64_t iova, uint64_t size, int fd, uint64_t offset);

/** Install an eventfd as trigger of an interrupt; a new one is returned. */
int t_irq_fd(int sock, uint32_t index, uint32_t start);

/** Whether the eventfd was written to since the last time. Waits ms for it. */
bool t_fired(int fd, int ms);

/** Wait until *value is want; at most 5 s. @return whether it is. */
bool t_wait(const unsigned int *value, unsigned int want);
bool t_wait64(const uint64_t *value, uint64_t want);

/** Let ms go by: for tests that nothing happens meanwhile. */
void t_sleep_ms(int ms);

/** Open descriptors of this process. */
unsigned int t_fds(void);

void test_vfu_suite(void);
void test_vfu_irq_suite(void);
void test_vfu_feature_suite(void);
void test_vfu_hostile_suite(void);
void test_vfu_trace_suite(void);
void test_vfu_lcore_suite(void);

#endif
