/* SPDX-License-Identifier: BSD-3-Clause */
/* The two file formats of filter-dump: pcap as QEMU writes it, and pcapng. */
#ifndef FILTER_FILTER_PCAP_H
#define FILTER_FILTER_PCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for any header, record header or trailer here. */
#define FILTER_PCAP_ROOM 256

/** One captured frame. */
struct filter_pcap_frame {
	uint64_t ns;	 /* since 1970 */
	uint32_t caplen; /* bytes that follow */
	uint32_t len;	 /* bytes that the frame had */
	bool inbound;	 /* the netdev received it; else it sent it */
};

/** A format. All functions write at most FILTER_PCAP_ROOM bytes and return how many. Thread: any. */
struct filter_pcap_format {
	/* Begin of the file. name: of the interface. */
	size_t (*begin)(uint8_t *out, const char *name, uint32_t maxlen);
	size_t (*before)(uint8_t *out, const struct filter_pcap_frame *frame);
	size_t (*behind)(uint8_t *out, const struct filter_pcap_frame *frame);
	/* Bytes of the whole record that begins at record, one of those that we wrote. */
	size_t (*size)(const uint8_t *record);
	/* End of the file. ns: now; seen and lost frames. */
	size_t (*end)(uint8_t *out, uint64_t ns, uint64_t seen, uint64_t lost);
};

extern const struct filter_pcap_format filter_pcap, filter_pcapng;

#endif
