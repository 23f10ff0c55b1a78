// SPDX-License-Identifier: MIT
/*
 * The end of the bare machine. Powering off properly needs ACPI's tables and
 * its language; what is known of the usual virtual machines must do.
 */
#include "native/insn.h"
#include "native/native.h"

#define BOCHS_POWER	 0x8900 /* wants the text "Shutdown" */
#define QEMU_POWER_PC	 0x604 /* ACPI PM1a control of the i440FX machine; 0x2000 is S5 */
#define QEMU_POWER_OLD	 0xb004
#define POWER_OFF_S5	 0x2000
#define KEYBOARD_COMMAND 0x64
#define KEYBOARD_RESET	 0xfe

static void power_off(void)
{
	const char *text = "Shutdown";

	while (*text)
		insn_outb(BOCHS_POWER, *text++);
	insn_outw(QEMU_POWER_PC, POWER_OFF_S5);
	insn_outw(QEMU_POWER_OLD, POWER_OFF_S5);
}

void native_shutdown(enum shutdown_kind kind)
{
	insn_cli();
	if (kind == SHUTDOWN_KIND_POWEROFF)
		power_off();
	if (kind == SHUTDOWN_KIND_REBOOT)
		insn_outb(KEYBOARD_COMMAND, KEYBOARD_RESET);
	for (;;)
		insn_hlt();
}
