/*
 * tiny: the payloads that isolate the cost of the runtime, without a libc that would start up for a millisecond.
 *
 * As "tiny" it ends at once with status 0. As "tiny wait" it waits for SIGTERM and then ends with status 0: it is the
 * container's pid 1, which no signal without a handler reaches. It runs inside the measured container, on x86-64 and
 * arm64, and must never use memory or system calls beyond these.
 */
#include <asm/unistd.h>
#include <linux/signal.h>

#if defined(__x86_64__)
static long call(long number, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long result;

	__asm__ volatile("syscall"
		: "=a"(result)
		: "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
		: "rcx", "r11", "memory");
	return result;
}

/* The kernel leaves argc at the stack pointer. */
__asm__(".globl _start\n_start: mov (%rsp), %rdi\nand $-16, %rsp\ncall tiny_main\n");
#elif defined(__aarch64__)
static long call(long number, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}

__asm__(".globl _start\n_start: ldr x0, [sp]\nbl tiny_main\n");
#else
#error "no system call sequence for this architecture"
#endif

/* Blocked and then waited for, SIGTERM needs no handler, even as pid 1. */
__attribute__((noreturn, used)) void tiny_main(long argc)
{
	unsigned long terminate = 1UL << (SIGTERM - 1);

	if (argc > 1) {
		call(__NR_rt_sigprocmask, SIG_BLOCK, (long)&terminate, 0, sizeof(terminate));
		call(__NR_rt_sigtimedwait, (long)&terminate, 0, 0, sizeof(terminate));
	}
	for (;;)
		call(__NR_exit_group, 0, 0, 0, 0);
}
