/* The names and numbers of system calls and architectures, as libseccomp has them: the one file that includes it.
 * Nothing else of it is used. Pure. */
#include "plan/seccomp/parts.h"

#include "base/text.h"

#include "ocispec/enums.h"

#include <ctype.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/elf-em.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* libseccomp gives the parts of socketcall and ipc numbers below zero, the part added to one of these: seccomp.h. */
static const int first_pseudo[SECCOMP_MULTIPLEXERS] = { -100, -200 };

/* Where the numbers lie that such parts have of their own. Those of mips begin at 4000, and with the first calls. */
enum {
	FIRST_OF_MIPS = 4000,
	DIRECT_OF_MIPS = 4160,
	DIRECT = 320,
	DIRECT_SIZE = 100, /* from semtimedop's neighbours to the last of ipc's */
	DIRECT_SIZE_MIPS = 260,
	EM_MASK = 0xffff, /* of a token: the machine, as ELF has it */
};

/* ---- architectures ---- */

/* libseccomp calls "x86_64" what the specification calls "SCMP_ARCH_X86_64". 0 when it does not know the name. */
static uint32_t token_of(int arch)
{
	const char *name = oci_enum_name(oci_seccomp_arch_names, arch) + strlen("SCMP_ARCH_");
	char lower[32];
	size_t i = 0;

	for (; name[i] && i < sizeof(lower) - 1; i++)
		lower[i] = (char)tolower((unsigned char)name[i]);
	lower[i] = '\0';
	return seccomp_arch_resolve_name(lower);
}

static struct seccomp_architecture architecture_of(uint32_t token)
{
	const int numbers[SECCOMP_MULTIPLEXERS] = {
		[SECCOMP_SOCKETCALL] = seccomp_syscall_resolve_name_arch(token, "socketcall"),
		[SECCOMP_IPC] = seccomp_syscall_resolve_name_arch(token, "ipc"),
	};
	struct seccomp_architecture architecture = {
		.token = token,
		.audit = token == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : token,
	};

	for (int i = 0; i < SECCOMP_MULTIPLEXERS; i++)
		architecture.multiplexers[i] = numbers[i] >= 0 ? numbers[i] : -1;
	return architecture;
}

bool seccomp_architecture_find(int arch, struct seccomp_architecture *ret)
{
	uint32_t token = token_of(arch);

	if (!token)
		return false;
	*ret = architecture_of(token);
	return true;
}

struct seccomp_architecture seccomp_architecture_native(void)
{
	return architecture_of(seccomp_arch_native());
}

uint32_t seccomp_native_architecture(void)
{
	return seccomp_architecture_native().audit;
}

static int arch_of_token(uint32_t token)
{
	for (const struct oci_enum *arch = oci_seccomp_arch_names; token && arch->name; arch++) {
		if (token_of(arch->value) == token)
			return arch->value;
	}
	return OCI_SECCOMP_ARCH_UNSET;
}

int seccomp_own_architecture(void)
{
	return arch_of_token(seccomp_arch_native());
}

/* "0xc000003e" and "c000003e"; 0 for anything else. */
static uint32_t token_of_digits(const char *word)
{
	uint64_t token;

	if (!text_to_hex(text_starts(word, "0x") ? word + 2 : word, &token) || token > UINT32_MAX)
		return 0;
	return (uint32_t)token;
}

int seccomp_architecture_of_word(const char *word)
{
	for (const struct oci_enum *arch = oci_seccomp_arch_names; arch->name; arch++) {
		if ((strcasecmp(word, arch->name) == 0 || strcasecmp(word, arch->name + strlen("SCMP_ARCH_")) == 0) &&
			token_of(arch->value))
			return arch->value;
	}
	return arch_of_token(token_of_digits(word));
}

uint32_t seccomp_architecture_audit(int arch)
{
	struct seccomp_architecture architecture = { 0 };

	return seccomp_architecture_find(arch, &architecture) ? architecture.audit : 0;
}

const char *const *seccomp_known_architectures(void)
{
	static const char *names[SECCOMP_ARCHITECTURES + 1];
	size_t n = 0;

	for (const struct oci_enum *arch = oci_seccomp_arch_names; arch->name && n < SECCOMP_ARCHITECTURES; arch++)
		if (token_of(arch->value))
			names[n++] = arch->name;
	names[n] = NULL;
	return names;
}

/* ---- calls ---- */

/* Which part of which multiplexer a number below zero means. */
static struct seccomp_call part_of(const struct seccomp_architecture *architecture, int pseudo)
{
	for (int i = 0; i < SECCOMP_MULTIPLEXERS; i++) {
		int part = first_pseudo[i] - pseudo;

		if (architecture->multiplexers[i] >= 0 && part > 0 && part < SECCOMP_PARTS)
			return (struct seccomp_call){ .number = -1, .multiplexer = i, .part = (uint32_t)part };
	}
	return (struct seccomp_call){ .number = -1, .multiplexer = -1 };
}

/* Asked for the name of such a part libseccomp hides its own number, asked for the number it tells the name. */
static void look_for_direct(struct seccomp_architecture *architecture)
{
	bool mips = architecture->multiplexers[SECCOMP_SOCKETCALL] >= FIRST_OF_MIPS;
	int first = mips ? DIRECT_OF_MIPS : DIRECT;
	int end = first + (mips ? DIRECT_SIZE_MIPS : DIRECT_SIZE);

	memset(architecture->direct, -1, sizeof(architecture->direct));
	architecture->looked = true;
	for (int number = first; number < end; number++) {
		char *name = seccomp_syscall_resolve_num_arch(architecture->token, number);
		struct seccomp_call call = { .multiplexer = -1 };

		if (name)
			call = part_of(architecture, seccomp_syscall_resolve_name_arch(architecture->token, name));
		if (call.multiplexer >= 0)
			architecture->direct[call.multiplexer][call.part] = number;
		free(name);
	}
}

struct seccomp_call seccomp_call_find(struct seccomp_architecture *architecture, const char *name)
{
	int number = seccomp_syscall_resolve_name_arch(architecture->token, name);
	struct seccomp_call call;

	if (number >= 0)
		return (struct seccomp_call){ .number = number, .multiplexer = -1 };
	call = part_of(architecture, number);
	if (call.multiplexer < 0)
		return call;
	if (!architecture->looked)
		look_for_direct(architecture);
	call.number = architecture->direct[call.multiplexer][call.part];
	return call;
}

static const char *const multiplexer_names[SECCOMP_MULTIPLEXERS] = { "socketcall", "ipc" };

size_t seccomp_ways(int arch, const char *name, struct seccomp_way ret[SECCOMP_MOST_WAYS])
{
	struct seccomp_architecture architecture;
	struct seccomp_call call;
	size_t n = 0;

	if (!seccomp_architecture_find(arch, &architecture))
		return 0;
	call = seccomp_call_find(&architecture, name);
	if (call.number >= 0)
		ret[n++] = (struct seccomp_way){ .arch = arch, .number = (uint32_t)call.number };
	if (call.multiplexer >= 0)
		ret[n++] = (struct seccomp_way){
			.arch = arch,
			.number = (uint32_t)architecture.multiplexers[call.multiplexer],
			.through = multiplexer_names[call.multiplexer],
			.part = call.part,
		};
	return n;
}

struct seccomp_way seccomp_way_of_number(int arch, uint32_t number, const uint64_t *args)
{
	struct seccomp_way way = { .arch = arch, .number = number };
	struct seccomp_architecture architecture;

	if (!seccomp_architecture_find(arch, &architecture))
		return way;
	for (int i = 0; args && i < SECCOMP_MULTIPLEXERS; i++) {
		uint32_t part = (uint32_t)(args[0] & seccomp_part_mask(i));

		if (architecture.multiplexers[i] == (int)number && part < SECCOMP_PARTS)
			way.part = part;
	}
	return way;
}

char *seccomp_call_of_number(int arch, uint32_t number)
{
	uint32_t token = token_of(arch);
	uint32_t first = arch == OCI_SECCOMP_ARCH_X32 ? SECCOMP_X32_BIT : 0;

	/* libseccomp takes a number without the first one of such an ABI as well. */
	if ((token & EM_MASK) == EM_MIPS)
		first = FIRST_OF_MIPS;
	if (!token || number < first || number > INT_MAX)
		return NULL;
	return seccomp_syscall_resolve_num_arch(token, (int)number);
}

bool seccomp_call_is_known(const char *name)
{
	return seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR;
}

/* Calls that this machine lacks have numbers below zero in libseccomp, in two ranges. */
char *seccomp_call_name(int index)
{
	enum { OWN = 1024, FIRST_OTHER = -101, OTHERS = 99, FIRST_MORE = -10001 };
	int number = index;

	if (index >= OWN)
		number = index < OWN + OTHERS ? FIRST_OTHER - (index - OWN) : FIRST_MORE - (index - OWN - OTHERS);
	return seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
}

const char *seccomp_library_version(void)
{
	static char text[32];
	const struct scmp_version *version = seccomp_version();

	snprintf(text, sizeof(text), "%u.%u.%u", version->major, version->minor, version->micro);
	return text;
}
