/* SPDX-License-Identifier: MIT */
/*
 * ATA drives on the two channels that every PC has, by programmed I/O and
 * interrupts. A channel does one request at a time.
 */
#ifndef PVOPS_GUEST_KEEPER_ATA_H
#define PVOPS_GUEST_KEEPER_ATA_H

#include "pvops-guest/keeper/blk_request.h"

struct vbd;

/*
 * ata_open - the drive hda, hdb (first channel), hdc or hdd, or a partition of
 * it, hda1 and so on, as a disk's drive and sectors. NULL, or what is wrong.
 */
const char *ata_open(const char *source, struct disk *disk);

/* ata_is_busy - is another request under way on the drive's channel? */
bool ata_is_busy(const struct ata_drive *drive);

/*
 * ata_start - do a checked request; the response is put into the vbd's ring,
 * now or at an interrupt. The channel isn't busy.
 */
void ata_start(struct vbd *vbd, const struct blk_request *r);

/* ata_forget - the vbd is gone; what it has under way ends without it. */
void ata_forget(const struct vbd *vbd);

/* ata_work - go on after interrupts, and with drives that don't answer. */
void ata_work(uint64_t now_ns);

/* ata_deadline_ns - when ata_work() has to be called at the latest; 0: never. */
uint64_t ata_deadline_ns(void);

/* ata_finish - all drives have written what they were given. Before the power goes. */
void ata_finish(void);

#endif
