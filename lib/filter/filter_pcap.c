/* SPDX-License-Identifier: BSD-3-Clause */
/* pcap: draft-ietf-opsawg-pcap; pcapng: draft-ietf-opsawg-pcapng. In the host's byte order, which
 * readers recognise. DPDK's rte_pcapng is not used: it fixes the interfaces when the file is opened,
 * makes D build the records, and its functions take other parameters in 24.11 than in 22.11. */
#include "filter_pcap.h"

#include <string.h>

#include <rte_common.h>

#define PCAP_MAGIC    0xa1b2c3d4 /* microseconds */
#define PCAP_ETHERNET 1

#define NG_SECTION	  0x0a0d0d0a
#define NG_INTERFACE	  1
#define NG_STATISTICS	  5
#define NG_PACKET	  6
#define NG_BYTE_ORDER	  0x1a2b3c4d
#define NG_END		  0
#define NG_APPLICATION	  4 /* of a section */
#define NG_IF_NAME	  2
#define NG_IF_RESOLUTION  9
#define NG_PACKET_FLAGS	  2
#define NG_FLAGS_INBOUND  1
#define NG_FLAGS_OUTBOUND 2
#define NG_STAT_RECEIVED  4
#define NG_STAT_DROPPED	  5
#define NG_MAX_TEXT	  64

struct pcap_file {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, maxlen, linktype;
};

struct pcap_record {
	uint32_t seconds, microseconds, caplen, len;
};

static size_t
pcap_begin(uint8_t *out, const char *name, uint32_t maxlen)
{
	const struct pcap_file file = { .magic = PCAP_MAGIC,
		.major = 2,
		.minor = 4,
		.maxlen = maxlen,
		.linktype = PCAP_ETHERNET };

	memcpy(out, &file, sizeof(file));
	return sizeof(file);
}

static size_t
pcap_before(uint8_t *out, const struct filter_pcap_frame *frame)
{
	const struct pcap_record record = { .seconds = (uint32_t)(frame->ns / 1000000000),
		.microseconds = (uint32_t)(frame->ns / 1000 % 1000000),
		.caplen = frame->caplen,
		.len = frame->len };

	memcpy(out, &record, sizeof(record));
	return sizeof(record);
}

static size_t
pcap_behind(uint8_t *out, const struct filter_pcap_frame *frame)
{
	return 0;
}

static size_t
pcap_size(const uint8_t *at)
{
	struct pcap_record record;

	memcpy(&record, at, sizeof(record));
	return sizeof(record) + record.caplen;
}

static size_t
pcap_end(uint8_t *out, uint64_t ns, uint64_t seen, uint64_t lost)
{
	return 0;
}

const struct filter_pcap_format filter_pcap = { pcap_begin, pcap_before, pcap_behind, pcap_size,
	pcap_end };

static uint8_t *
ng_u32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

/* An option, padded to 32 bits. */
static uint8_t *
ng_option(uint8_t *at, uint16_t code, const void *value, uint16_t len)
{
	memcpy(at, &code, sizeof(code));
	memcpy(at + 2, &len, sizeof(len));
	memset(at + 4, 0, RTE_ALIGN(len, 4u));
	memcpy(at + 4, value, len);
	return at + 4 + RTE_ALIGN(len, 4u);
}

static uint8_t *
ng_text(uint8_t *at, uint16_t code, const char *text)
{
	return ng_option(at, code, text, (uint16_t)strnlen(text, NG_MAX_TEXT));
}

/* Both lengths of a block that begins at block and ends, but for the second of them, at at. */
static uint8_t *
ng_close(uint8_t *block, uint8_t *at)
{
	uint32_t len = (uint32_t)(at - block) + 4;

	ng_u32(block + 4, len);
	return ng_u32(at, len);
}

static size_t
ng_begin(uint8_t *out, const char *name, uint32_t maxlen)
{
	static const uint16_t version[2] = { 1, 0 };
	static const uint8_t nanoseconds = 9;
	uint8_t *at = ng_u32(out, NG_SECTION), *block;

	at = ng_u32(at + 4, NG_BYTE_ORDER);
	memcpy(at, version, sizeof(version));
	at = ng_u32(at + 4, UINT32_MAX); /* length of the section: not known */
	at = ng_u32(at, UINT32_MAX);
	at = ng_text(at, NG_APPLICATION, "ringhub " RINGHUB_VERSION);
	block = ng_close(out, ng_u32(at, NG_END));
	at = ng_u32(block, NG_INTERFACE);
	at = ng_u32(at + 4, PCAP_ETHERNET);
	at = ng_u32(at, maxlen);
	at = ng_text(at, NG_IF_NAME, name);
	at = ng_option(at, NG_IF_RESOLUTION, &nanoseconds, 1);
	return (size_t)(ng_close(block, ng_u32(at, NG_END)) - out);
}

/* Bytes behind the frame: padding, one option, the end of options, the length. */
static size_t
ng_behind_len(const struct filter_pcap_frame *frame)
{
	return RTE_ALIGN(frame->caplen, 4u) - frame->caplen + 8 + 4 + 4;
}

static uint32_t
ng_packet_len(const struct filter_pcap_frame *frame)
{
	return 28 + frame->caplen + (uint32_t)ng_behind_len(frame);
}

static size_t
ng_before(uint8_t *out, const struct filter_pcap_frame *frame)
{
	uint8_t *at = ng_u32(out, NG_PACKET);

	at = ng_u32(at, ng_packet_len(frame));
	at = ng_u32(at, 0); /* interface */
	at = ng_u32(at, (uint32_t)(frame->ns >> 32));
	at = ng_u32(at, (uint32_t)frame->ns);
	at = ng_u32(at, frame->caplen);
	return (size_t)(ng_u32(at, frame->len) - out);
}

static size_t
ng_behind(uint8_t *out, const struct filter_pcap_frame *frame)
{
	uint32_t flags = frame->inbound ? NG_FLAGS_INBOUND : NG_FLAGS_OUTBOUND;
	size_t pad = RTE_ALIGN(frame->caplen, 4u) - frame->caplen;
	uint8_t *at;

	memset(out, 0, pad);
	at = ng_option(out + pad, NG_PACKET_FLAGS, &flags, sizeof(flags));
	at = ng_u32(at, NG_END);
	return (size_t)(ng_u32(at, ng_packet_len(frame)) - out);
}

static size_t
ng_size(const uint8_t *block)
{
	uint32_t len;

	memcpy(&len, block + 4, sizeof(len));
	return len;
}

static size_t
ng_end(uint8_t *out, uint64_t ns, uint64_t seen, uint64_t lost)
{
	uint8_t *at = ng_u32(out, NG_STATISTICS);

	at = ng_u32(at + 4, 0); /* interface */
	at = ng_u32(at, (uint32_t)(ns >> 32));
	at = ng_u32(at, (uint32_t)ns);
	at = ng_option(at, NG_STAT_RECEIVED, &seen, sizeof(seen));
	at = ng_option(at, NG_STAT_DROPPED, &lost, sizeof(lost));
	return (size_t)(ng_close(out, ng_u32(at, NG_END)) - out);
}

const struct filter_pcap_format filter_pcapng = { ng_begin, ng_before, ng_behind, ng_size, ng_end };
