/* The AppArmor profile and the SELinux label of the program. Runs inside the container. A label that cannot be applied
 * is always an error; the label is written through the private procfs, since the container's /proc may be forged
 * (CVE-2019-16884, CVE-2025-52881). */
#include "init/process.h"

#include "base/cleanup.h"
#include "base/proc.h"

#include <errno.h>
#include <stdio.h>

static int set_apparmor_profile(const struct init *init, struct error *err)
{
	const char *profile = init->plan->process.apparmor_profile;
	char value[ERROR_TEXT_MAX];
	int length = snprintf(value, sizeof(value), "exec %s", profile);

	if (length < 0 || (size_t)length >= sizeof(value))
		return error_set(err, ENAMETOOLONG, "process.apparmorProfile");
	if (proc_write_own(init->private_proc, "attr/apparmor/exec", value, err) == 0)
		return 0;
	error_tag(err, ERROR_SECURITY_FAILED, "process.apparmorProfile");
	error_hint(err,
		"check that this host has AppArmor and has loaded the profile (apparmor_parser), or leave it out");
	return error_wrap(err, "process.apparmorProfile '%s' cannot be applied", profile);
}

static int set_selinux_label(const struct init *init, struct error *err)
{
	const char *label = init->plan->process.selinux_label;

	if (proc_write_own(init->private_proc, "attr/exec", label, err) == 0)
		return 0;
	error_tag(err, ERROR_SECURITY_FAILED, "process.selinuxLabel");
	error_hint(err, "check that this host has SELinux and its policy the type of '%s', or leave the label out",
		label);
	return error_wrap(err, "process.selinuxLabel '%s' cannot be applied", label);
}

int set_label(struct init *init, struct error *err)
{
	if (init->plan->process.apparmor_profile && set_apparmor_profile(init, err) < 0)
		return -1;
	if (init->plan->process.selinux_label && set_selinux_label(init, err) < 0)
		return -1;
	/* The label is the last thing that is written through the private procfs. */
	close_fd(&init->private_proc);
	return 0;
}
