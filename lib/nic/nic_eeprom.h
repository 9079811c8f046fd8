/* SPDX-License-Identifier: BSD-3-Clause */
/* The 93C46 serial EEPROM (64 words, microwire) that e1000 and rtl8139 cards carry. */
#ifndef NIC_NIC_EEPROM_H
#define NIC_NIC_EEPROM_H

#include <stdbool.h>
#include <stdint.h>

#define NIC_EEPROM_WORDS 64

/** The chip. Word contents are the model's to fill; the rest is the protocol's state. C only. */
struct nic_eeprom {
	uint16_t word[NIC_EEPROM_WORDS];
	bool cs, sk;	  /* lines as last set */
	bool out;	  /* DO */
	uint8_t phase;	  /* bits of the command taken; 0: waiting for the start bit */
	uint16_t command; /* opcode and address so far */
	uint8_t left;	  /* bits of a read still to send */
	uint8_t skip;	  /* bits of a write's data still to come */
	uint16_t shift;	  /* the word being sent */
};

/** Forget a command in progress; the words stay. */
void nic_eeprom_reset(struct nic_eeprom *e);

/**
 * Set the chip's inputs: chip select, clock, data in.
 * @return data out after that; 1 (ready) while nothing is sent.
 * Writes and erases are taken and have no effect. Thread: C. Source: 93C46 datasheet, READ timing.
 */
bool nic_eeprom_lines(struct nic_eeprom *e, bool cs, bool sk, bool di);

#endif
