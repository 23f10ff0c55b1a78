/* SPDX-License-Identifier: MIT */
/*
 * COM1, a 16550 or its elders. Called by console.c.
 *
 * Output goes to a ring and leaves by interrupt, since a byte takes 87 us and
 * the monitor has other things to do; until interrupts are started, and when
 * the ring is full, it waits for the port, but never for ever.
 */
#include "lib/types.h"
#include "platform/condev.h"
#include "platform/platform.h"
#include "platform/step.h"
#include "x86/io.h"

#define COM1_PORT 0x3f8
#define COM1_IRQ  4

#define UART_DATA 0
#define UART_DLL  0
#define UART_DLM  1
#define UART_IER  1
#define UART_IIR  2
#define UART_FCR  2
#define UART_LCR  3
#define UART_MCR  4
#define UART_LSR  5
#define UART_SCR  7

#define IER_RX		 0x01
#define IER_TX		 0x02
#define IIR_NONE	 0x01
#define IIR_FIFO	 0xc0
#define FCR_ENABLE_CLEAR 0x07
#define LCR_8N1		 0x03
#define LCR_DLAB	 0x80
#define MCR_DTR_RTS_OUT2 0x0b /* OUT2 lets the interrupt through on a PC */
#define LSR_DATA	 0x01
#define LSR_TX_EMPTY	 0x20
#define LSR_TX_IDLE	 0x40 /* the last bit has left */

#define RING_BYTES    16384u
#define WAIT_LOOPS    200000 /* far more than one byte's time */
#define IRQ_MAX_BYTES 256

static char ring[RING_BYTES];
static unsigned int ring_head, ring_tail; /* free running; head is written */
static bool present, by_irq, tx_irq_on;
static unsigned int fifo_bytes = 1;

static u8 uart_read(u16 reg)
{
	return inb(COM1_PORT + reg);
}

static void uart_write(u16 reg, u8 v)
{
	outb(COM1_PORT + reg, v);
}

bool serial_init(u32 baud)
{
	u32 divisor = baud ? 115200 / baud : 1;

	if (divisor == 0 || divisor > 0xffff)
		divisor = 1;
	present = false;
	uart_write(UART_SCR, 0x5a);
	if (uart_read(UART_SCR) != 0x5a || uart_read(UART_LSR) == 0xff)
		return false;
	uart_write(UART_IER, 0);
	uart_write(UART_LCR, LCR_DLAB);
	uart_write(UART_DLL, (u8)divisor);
	uart_write(UART_DLM, (u8)(divisor >> 8));
	uart_write(UART_LCR, LCR_8N1);
	uart_write(UART_FCR, FCR_ENABLE_CLEAR);
	uart_write(UART_MCR, MCR_DTR_RTS_OUT2);
	fifo_bytes = (uart_read(UART_IIR) & IIR_FIFO) == IIR_FIFO ? 16 : 1;
	present = true;
	return true;
}

bool serial_present(void)
{
	return present;
}

/* Wait for a state of the transmitter; false, and no port any more, if it never comes. */
static bool tx_wait(u8 state)
{
	for (int i = 0; i < WAIT_LOOPS; i++)
		if (uart_read(UART_LSR) & state)
			return true;
	present = false;
	return false;
}

/* The transmitter is empty: give it as much as it holds. */
static void tx_fill(void)
{
	for (unsigned int i = 0; i < fifo_bytes && ring_tail != ring_head; i++)
		uart_write(UART_DATA, (u8)ring[ring_tail++ % RING_BYTES]);
}

static void tx_irq_set(bool on)
{
	if (on == tx_irq_on)
		return;
	tx_irq_on = on;
	uart_write(UART_IER, on ? IER_RX | IER_TX : IER_RX);
}

static void ring_drain(unsigned int down_to)
{
	while (present && ring_head - ring_tail > down_to)
		if (tx_wait(LSR_TX_EMPTY))
			tx_fill();
}

void serial_sync(void)
{
	ring_drain(0);
	if (present)
		(void)tx_wait(LSR_TX_IDLE);
}

static void ring_put(char c)
{
	ring_drain(RING_BYTES - 1);
	if (present)
		ring[ring_head++ % RING_BYTES] = c;
}

void serial_write(const char *text, size_t len)
{
	if (!present)
		return;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			ring_put('\r');
		ring_put(text[i]);
	}
	if (!by_irq) {
		ring_drain(0);
		return;
	}
	if (uart_read(UART_LSR) & LSR_TX_EMPTY)
		tx_fill();
	if (ring_tail != ring_head)
		tx_irq_set(true);
}

void serial_start_irqs(void)
{
	if (!present)
		return;
	/* Who steps doesn't want to see each line's own interrupts. */
	by_irq = !step.kinds;
	uart_write(UART_IER, IER_RX);
	tx_irq_on = false;
	pic_unmask(COM1_IRQ);
}

void serial_irq(void (*rx)(char c))
{
	if (!present)
		return;
	/*
	 * Until no cause is left: the 8259 takes edges, and a cause that stays
	 * would be the last interrupt. Bounded against a broken UART.
	 */
	for (int i = 0; i < IRQ_MAX_BYTES; i++) {
		u8 lsr = uart_read(UART_LSR);

		if (lsr & LSR_DATA) {
			rx((char)uart_read(UART_DATA));
			continue;
		}
		if (!(lsr & LSR_TX_EMPTY) || ring_tail == ring_head)
			break;
		tx_fill();
	}
	if (ring_tail == ring_head)
		tx_irq_set(false);
	(void)uart_read(UART_IIR); /* acknowledges a transmitter interrupt */
}
