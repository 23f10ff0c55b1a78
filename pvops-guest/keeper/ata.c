// SPDX-License-Identifier: MIT
/*
 * ATA drives by programmed I/O. Called by disks.c at start and by vbd.c for
 * requests. ATA/ATAPI-6: 9.5 to 9.7.
 *
 * Ports are opened by the I/O bitmap, so that a block of sectors is one string
 * instruction; the channel's interrupt line is an event channel. A request's
 * data passes through the channel's own buffer: a guest that ends can't take
 * it from under the drive.
 */

#include "pvops-guest/keeper/ata.h"
#include "pvops-guest/keeper/ata_wire.h"
#include "pvops-guest/keeper/vbd.h"
#include "pvops-guest/lib/events.h"
#include "pvops-guest/lib/guest.h"
#include "pvops-guest/lib/mm.h"
#include "pvops-guest/lib/port.h"
#include "pvops-guest/lib/printf.h"
#include "pvops-guest/lib/string.h"

/* Registers, from the channel's base. */
#define REG_DATA     0
#define REG_COUNT    2
#define REG_LBA_LOW  3
#define REG_LBA_MID  4
#define REG_LBA_HIGH 5
#define REG_DEVICE   6
#define REG_STATUS   7 /* written: the command */

#define STATUS_ERR 0x01
#define STATUS_DRQ 0x08
#define STATUS_DF  0x20
#define STATUS_BSY 0x80
#define CONTROL_NO_IRQ 0x02
#define CONTROL_RESET  0x04
#define DEVICE_SECOND  0x10

#define WORDS_PER_SECTOR 256
#define BLOCK_MAX	 16 /* sectors between two interrupts */
#define MS		 1000000ull
#define ANSWER_NS	 (31000 * MS) /* a drive that sleeps may take so long */
#define DATA_NS		 (100 * MS) /* from a command to its first data */
#define LINES_MAX	 8

enum phase { IDLE, FLUSH_BEFORE, DATA, FLUSH_AFTER };

struct ata_drive {
	struct ata_channel *channel;
	bool present, second;
	bool dirty; /* something was written since the last flush */
	uint8_t block; /* sectors of one; more than 1: by the MULTIPLE commands */
	uint8_t lines; /* printed about its errors */
	struct ata_identity id;
};

static struct ata_channel {
	uint16_t base, control;
	uint8_t irq;
	bool probed, kicked;
	int port; /* event channel; 0: none */
	struct ata_drive drives[2];

	/* The request under way. */
	enum phase phase;
	struct ata_drive *drive;
	struct vbd *vbd; /* NULL: it has gone */
	struct blk_request r;
	unsigned int done; /* sectors moved through the data register */
	uint64_t deadline_ns;
	uint8_t *buffer; /* BLK_SECTORS_MAX sectors, page aligned */
} channels[2] = {
	{.base = 0x1f0, .control = 0x3f6, .irq = 14},
	{.base = 0x170, .control = 0x376, .irq = 15},
};

static uint8_t buffers[2][BLK_SECTORS_MAX * SECTOR_BYTES] __attribute__((aligned(4096)));

/* ---- the channel's registers ---- */

static void open_ports(void)
{
	static uint8_t bitmap[8192] __attribute__((aligned(4096)));

	memset(bitmap, 0xff, sizeof(bitmap));
	for (unsigned int i = 0; i < ARRAY_SIZE(channels); i++) {
		bitmap[channels[i].base / 8] = 0;
		bitmap[channels[i].control / 8] &= (uint8_t)~(1u << (channels[i].control % 8));
	}
	if (port_set_bitmap(bitmap, 65536))
		keeper_log("no ports of the drives can be opened");
}

static uint8_t status(const struct ata_channel *c)
{
	return port_read8(c->base + REG_STATUS);
}

/* Until the channel isn't busy, for some time. False: it still is, or floats. */
static bool wait_ready(const struct ata_channel *c, uint64_t patience_ns)
{
	uint64_t end_ns = system_time_ns() + patience_ns;
	uint8_t s;

	do {
		/* 400 ns until the status is that of the last command. */
		for (int i = 0; i < 4; i++)
			(void)port_read8(c->control);
		s = status(c);
		if (s == 0xff)
			return false;
		if (!(s & STATUS_BSY))
			return true;
	} while (system_time_ns() < end_ns);
	return false;
}

static void issue(const struct ata_drive *d, const struct ata_command *cmd)
{
	uint16_t base = d->channel->base;

	port_write8(base + REG_DEVICE, 0xa0 | cmd->device | (d->second ? DEVICE_SECOND : 0));
	/* The high bytes first: the registers keep the last two written. */
	for (int byte = cmd->wide ? 1 : 0; byte >= 0; byte--) {
		port_write8(base + REG_COUNT, cmd->count[byte]);
		port_write8(base + REG_LBA_LOW, cmd->lba_low[byte]);
		port_write8(base + REG_LBA_MID, cmd->lba_mid[byte]);
		port_write8(base + REG_LBA_HIGH, cmd->lba_high[byte]);
	}
	port_write8(base + REG_STATUS, cmd->command);
}

/* A command without interrupts, up to its end or its data. */
static bool do_polled(const struct ata_drive *d, const struct ata_command *cmd, bool data)
{
	const struct ata_channel *c = d->channel;

	port_write8(c->control, CONTROL_NO_IRQ);
	port_write8(c->base + REG_DEVICE, 0xa0 | (d->second ? DEVICE_SECOND : 0));
	if (!wait_ready(c, ANSWER_NS))
		return false;
	issue(d, cmd);
	return wait_ready(c, ANSWER_NS) && !(status(c) & (STATUS_ERR | STATUS_DF)) &&
	       (!data || status(c) & STATUS_DRQ);
}

static void interrupts_on(const struct ata_channel *c)
{
	port_write8(c->control, 0);
	(void)status(c);
}

/* ---- finding drives ---- */

static bool answers(const struct ata_drive *d)
{
	uint16_t base = d->channel->base;

	port_write8(base + REG_DEVICE, 0xa0 | (d->second ? DEVICE_SECOND : 0));
	port_write8(base + REG_COUNT, 0x55);
	port_write8(base + REG_LBA_LOW, 0xaa);
	return port_read8(base + REG_COUNT) == 0x55 && port_read8(base + REG_LBA_LOW) == 0xaa;
}

static void identify(struct ata_drive *d)
{
	struct ata_command cmd = {.command = ATA_IDENTIFY};
	uint16_t words[WORDS_PER_SECTOR];
	uint8_t block = BLOCK_MAX;

	if (!answers(d) || !do_polled(d, &cmd, true))
		return;
	port_read16s(d->channel->base + REG_DATA, words, WORDS_PER_SECTOR);
	if (!ata_identity(words, &d->id))
		return;
	d->present = true;
	d->block = 1;
	while (block > d->id.multiple_max)
		block /= 2;
	cmd = (struct ata_command){.command = ATA_SET_MULTIPLE, .count = {block}};
	if (block > 1 && do_polled(d, &cmd, false))
		d->block = block;
	keeper_log("hd%c: %s, %u MB", (int)('a' + 2 * (d->channel - channels) + d->second),
		   d->id.model, (unsigned int)(d->id.nr_sectors >> (20 - SECTOR_SHIFT)));
}

static void on_interrupt(evtchn_port_t port, void *data)
{
	struct ata_channel *c = data;

	(void)port;
	c->kicked = true;
}

static void probe(struct ata_channel *c)
{
	if (!channels[0].probed && !channels[1].probed)
		open_ports();
	c->probed = true;
	c->buffer = buffers[c - channels];
	for (unsigned int i = 0; i < 2; i++) {
		c->drives[i] = (struct ata_drive){.channel = c, .second = i};
		identify(&c->drives[i]);
	}
	if (!c->drives[0].present && !c->drives[1].present)
		return;
	c->port = event_bind_pirq(c->irq);
	if (c->port < 0) {
		keeper_log("interrupt line %u can't be bound: %d", c->irq, c->port);
		c->port = 0;
		c->drives[0].present = c->drives[1].present = false;
		return;
	}
	event_set_handler(c->port, on_interrupt, c);
	interrupts_on(c);
}

static const char *find_partition(struct ata_drive *d, unsigned int number, struct disk *disk)
{
	struct ata_command cmd;
	uint8_t sector[SECTOR_BYTES];
	bool ok = ata_command(&d->id, ATA_ACTION_READ, false, 0, 1, &cmd) &&
		  do_polled(d, &cmd, true);

	if (ok)
		port_read16s(d->channel->base + REG_DATA, sector, WORDS_PER_SECTOR);
	interrupts_on(d->channel);
	if (!ok)
		return "the drive's first sector can't be read";
	return mbr_partition(sector, number, d->id.nr_sectors, &disk->first_sector,
			     &disk->nr_sectors);
}

const char *ata_open(const char *source, struct disk *disk)
{
	unsigned int nr, number;
	struct ata_channel *c;
	struct ata_drive *d;

	if (strncmp(source, "hd", 2) || source[2] < 'a' || source[2] > 'd' ||
	    (source[3] && (source[3] < '1' || source[3] > '9' || source[4])))
		return "phy: names hda to hdd, and a partition";
	nr = (unsigned int)(source[2] - 'a');
	number = source[3] ? (unsigned int)(source[3] - '0') : 0;
	c = &channels[nr / 2];
	if (!c->probed)
		probe(c);
	d = &c->drives[nr % 2];
	if (!d->present)
		return "there is no such drive";
	disk->drive = d;
	disk->first_sector = 0;
	disk->nr_sectors = d->id.nr_sectors;
	return number ? find_partition(d, number, disk) : NULL;
}

/* ---- requests ---- */

static unsigned long buffer_mfn(const struct blk_memory *memory, unsigned long page)
{
	(void)memory;
	return mm_pfn_to_mfn(page);
}

/* Between the buffer and the guest. */
static int copy_data(const struct ata_channel *c, const struct vbd *vbd)
{
	struct blk_memory memory = {
		.mfn = buffer_mfn, .first_page = mm_virt_to_pfn((unsigned long)c->buffer),
	};

	return vbd_copy(vbd, &c->r, &memory);
}

static void complete(struct ata_channel *c, int result)
{
	struct vbd *vbd = c->vbd;

	c->phase = IDLE;
	c->vbd = NULL;
	c->deadline_ns = 0;
	if (vbd && !result && c->r.op == BLK_READ)
		result = copy_data(c, vbd);
	if (vbd)
		vbd_respond(vbd, &c->r, result);
	vbds_drive_is_free();
}

static void fail(struct ata_channel *c, const char *what)
{
	static const char *const phases[] = {"idle", "flush", "transfer", "flush"};

	if (c->drive->lines++ < LINES_MAX)
		keeper_log("hd%c: %s, sector %llu: %s, status %x",
			   (int)('a' + 2 * (c - channels) + c->drive->second), phases[c->phase],
			   (unsigned long long)c->r.sector, what, status(c));
	complete(c, BLKIF_RSP_ERROR);
}

/* The next block of the request through the data register, out of or into the buffer. */
static void move_block(struct ata_channel *c)
{
	unsigned int nr = c->r.nr_sectors - c->done;
	uint8_t *at = c->buffer + c->done * SECTOR_BYTES;

	if (nr > c->drive->block)
		nr = c->drive->block;
	if (c->r.op == BLK_READ)
		port_read16s(c->base + REG_DATA, at, nr * WORDS_PER_SECTOR);
	else
		port_write16s(c->base + REG_DATA, at, nr * WORDS_PER_SECTOR);
	c->done += nr;
}

static void begin_phase(struct ata_channel *c, enum phase phase)
{
	struct ata_drive *d = c->drive;
	enum ata_action action = phase != DATA		? ATA_ACTION_FLUSH
				 : c->r.op == BLK_READ ? ATA_ACTION_READ
						       : ATA_ACTION_WRITE;
	struct ata_command cmd;

	c->phase = phase;
	c->deadline_ns = system_time_ns() + ANSWER_NS;
	port_write8(c->base + REG_DEVICE, 0xa0 | (d->second ? DEVICE_SECOND : 0));
	if (!wait_ready(c, DATA_NS)) {
		fail(c, "the drive is busy");
		return;
	}
	if (!ata_command(&d->id, action, d->block > 1, c->r.sector, c->r.nr_sectors, &cmd)) {
		fail(c, "no such sectors");
		return;
	}
	issue(d, &cmd);
	if (action != ATA_ACTION_WRITE)
		return;
	d->dirty = true;
	/* The first block is asked for without an interrupt. */
	if (!wait_ready(c, DATA_NS) || !(status(c) & STATUS_DRQ))
		fail(c, "the drive takes no data");
	else
		move_block(c);
}

static void next_phase(struct ata_channel *c)
{
	if (c->phase == FLUSH_BEFORE) {
		begin_phase(c, DATA);
	} else if (c->phase == DATA && c->r.flush_after && c->drive->id.flush) {
		begin_phase(c, FLUSH_AFTER);
	} else {
		if (c->phase == FLUSH_AFTER)
			c->drive->dirty = false;
		complete(c, BLKIF_RSP_OKAY);
	}
}

/* The channel has interrupted, or may have. */
static void go_on(struct ata_channel *c)
{
	uint8_t s = status(c); /* takes the interrupt back */

	if (c->phase == IDLE || s & STATUS_BSY)
		return;
	if (s & (STATUS_ERR | STATUS_DF)) {
		fail(c, "error");
		return;
	}
	if (c->phase == DATA && c->done < c->r.nr_sectors) {
		if (!(s & STATUS_DRQ))
			return; /* not for us, or too early: another one comes */
		move_block(c);
		/* After the last block of a write comes one more interrupt. */
		if (c->r.op == BLK_WRITE || c->done < c->r.nr_sectors)
			return;
	}
	next_phase(c);
}

bool ata_is_busy(const struct ata_drive *drive)
{
	return drive->channel->phase != IDLE;
}

void ata_start(struct vbd *vbd, const struct blk_request *r)
{
	struct ata_drive *d = vbd->disk->drive;
	struct ata_channel *c = d->channel;

	c->drive = d;
	c->vbd = vbd;
	c->r = *r;
	c->r.sector += vbd->disk->first_sector;
	c->done = 0;
	if (r->op == BLK_WRITE && copy_data(c, vbd))
		complete(c, BLKIF_RSP_ERROR);
	else if (r->op == BLK_FLUSH && d->id.flush)
		begin_phase(c, FLUSH_AFTER);
	else if (r->op == BLK_FLUSH)
		complete(c, BLKIF_RSP_OKAY);
	else
		begin_phase(c, r->flush_before && d->id.flush ? FLUSH_BEFORE : DATA);
}

void ata_forget(const struct vbd *vbd)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(channels); i++)
		if (channels[i].vbd == vbd)
			channels[i].vbd = NULL;
}

static void reset(struct ata_channel *c)
{
	port_write8(c->control, CONTROL_RESET | CONTROL_NO_IRQ);
	for (int i = 0; i < 16; i++) /* 5 us at the least */
		(void)port_read8(c->control);
	port_write8(c->control, CONTROL_NO_IRQ);
	(void)wait_ready(c, DATA_NS);
	/* A reset may have ended the MULTIPLE mode. */
	c->drives[0].block = c->drives[1].block = 1;
	interrupts_on(c);
}

void ata_work(uint64_t now_ns)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(channels); i++) {
		struct ata_channel *c = &channels[i];

		if (c->kicked) {
			c->kicked = false;
			go_on(c);
			event_served(c->irq);
		}
		if (c->deadline_ns && c->deadline_ns <= now_ns) {
			fail(c, "the drive doesn't answer");
			reset(c);
		}
	}
}

uint64_t ata_deadline_ns(void)
{
	uint64_t a = channels[0].deadline_ns, b = channels[1].deadline_ns;

	return !a || (b && b < a) ? b : a;
}

void ata_finish(void)
{
	struct ata_command cmd;

	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(channels); i++) {
		struct ata_drive *d = &channels[i / 2].drives[i % 2];

		if (!d->present || !d->dirty || !d->id.flush ||
		    !ata_command(&d->id, ATA_ACTION_FLUSH, false, 0, 0, &cmd))
			continue;
		if (!do_polled(d, &cmd, false))
			keeper_log("hd%c can't be flushed", (int)('a' + i));
	}
}
