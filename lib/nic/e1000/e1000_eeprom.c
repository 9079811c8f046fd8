/* SPDX-License-Identifier: BSD-3-Clause */
/* The EEPROM: contents, and the two ways to read it. Source: 317453, 5.6. All on thread C. */
#include "e1000.h"
#include "nic/nic_pci.h"

/* The words drivers look at; 5.6. */
#define WORD_DEVICE	0x0b
#define WORD_VENDOR	0x0c
#define WORD_DEVICE_2	0x0d
#define WORD_VENDOR_2	0x0e
#define WORD_CHECKSUM	0x3f
#define EEPROM_SUM	0xbaba /* of all words */
#define EEPROM_TEMPLATE 3      /* the word that the template starts with */

/* clang-format off */
static const uint16_t e1000_eeprom_template[] = {
	                        0x0000, 0xffff, 0x0000, 0x0000, 0x0000, /* 0x03 */
	0x3000, 0x1000, 0x6403, 0x0000, 0x0000, 0x0000, 0x0000, 0x3040, /* 0x08 */
	0x0008, 0x2000, 0x7e14, 0x0048, 0x1000, 0x00d8, 0x0000, 0x2700, /* 0x10 */
	0x6cc9, 0x3150, 0x0722, 0x040b, 0x0984, 0x0000, 0xc000, 0x0706, /* 0x18 */
	0x1008, 0x0000, 0x0f04, 0x7fff, 0x4d01, 0xffff, 0xffff, 0xffff, /* 0x20 */
	0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, /* 0x28 */
	0x0100, 0x4000, 0x121c, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, /* 0x30 */
	0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff,         /* 0x38 */
};
/* clang-format on */
static_assert(EEPROM_TEMPLATE + RTE_DIM(e1000_eeprom_template) == WORD_CHECKSUM, "64 words");

void
e1000_eeprom_fill(struct nic *nic)
{
	struct e1000 *s = nic->state;
	uint16_t *word = s->eeprom.word;
	const uint8_t *mac = nic->conf.mac.addr_bytes;
	unsigned int i, sum = 0;

	for (i = 0; i < RTE_ETHER_ADDR_LEN / 2; i++, mac += 2)
		word[i] = (uint16_t)(mac[0] | mac[1] << 8);
	for (i = 0; i < RTE_DIM(e1000_eeprom_template); i++)
		word[EEPROM_TEMPLATE + i] = e1000_eeprom_template[i];
	word[WORD_DEVICE] = word[WORD_DEVICE_2] = nic->model->pci->device;
	word[WORD_VENDOR] = word[WORD_VENDOR_2] = nic->model->pci->vendor;
	for (i = 0; i < WORD_CHECKSUM; i++)
		sum += word[i];
	word[WORD_CHECKSUM] = (uint16_t)(EEPROM_SUM - sum);
}

uint32_t
e1000_eecd_read(struct nic *nic, uint32_t offset)
{
	const struct e1000 *s = nic->state;

	return e1000_get(s, E1000_EECD) | E1000_EECD_PRES | E1000_EECD_GNT |
	       (s->eeprom.out ? E1000_EECD_DO : 0);
}

void
e1000_eecd_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct e1000 *s = nic->state;

	nic_eeprom_lines(&s->eeprom, val & E1000_EECD_CS, val & E1000_EECD_SK, val & E1000_EECD_DI);
}

void
e1000_eerd_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct e1000 *s = nic->state;
	uint32_t word = field_get(val, E1000_EERD_ADDR), data = 0;

	if (!(val & E1000_EERD_START))
		return;
	if (word < NIC_EEPROM_WORDS)
		data = s->eeprom.word[word];
	val &= E1000_EERD_ADDR;
	e1000_put(s, E1000_EERD, field_set(val | E1000_EERD_DONE, E1000_EERD_DATA, data));
}

void
e1000_load_address(struct nic *nic)
{
	struct e1000 *s = nic->state;
	const uint16_t *word = s->eeprom.word;

	e1000_put(s, E1000_RA, word[0] | (uint32_t)word[1] << 16);
	e1000_put(s, E1000_RA + 4, word[2] | E1000_RAH_AV);
}
