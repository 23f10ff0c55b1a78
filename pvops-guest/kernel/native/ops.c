// SPDX-License-Identifier: MIT
/*
 * pv_ops for the bare machine: each operation is the instruction itself.
 */
#include "native/native.h"

const struct pv_ops pv_ops_native = {
	.trap_return = native_trap_return,
	.platform = "a bare machine",
	.irq = {
		.init = native_irq_init,
		.enable = native_irq_enable,
		.disable = native_irq_disable,
		.save = native_irq_save,
		.restore = native_irq_restore,
		.idle = native_irq_idle,
		.handle = native_irq_handle,
	},
	.cpu = {
		.user_cs = NATIVE_USER_CS,
		.user_ds = NATIVE_USER_DS,
		.init_traps = native_init_traps,
		.forget_traps = native_forget_traps,
		.forbid_fpu = native_forbid_fpu,
		.switch_context = native_switch_context,
		.set_thread_base = native_set_thread_base,
	},
	.mmu = {
		.pfn_to_mfn = native_pfn_to_mfn,
		.mfn_to_pfn = native_mfn_to_pfn,
		.boot_root = native_boot_root,
		.set_pte = native_set_pte,
		.set_va = native_set_va,
		.table_protect = native_table_ignore,
		.table_release = native_table_ignore,
		.root_pin = native_table_ignore,
		.root_unpin = native_table_ignore,
		.load_tables = native_load_tables,
		.flush_tlb = native_flush_tlb,
		.fault_address = native_fault_address,
	},
	.time = {
		.init = native_time_init,
		.now_ns = native_now_ns,
	},
	.console = {
		.init = native_console_init,
		.write = native_console_write,
	},
	.shutdown = native_shutdown,
};
