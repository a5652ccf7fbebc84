# What the tests of the packages share. PACKAGES is the directory that tests/package/make has filled.
# shellcheck shell=bash

TREE=$(dirname "$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")")

# git in the tree; what it writes goes to PACKAGES.
tree_git()
{
	local objects
	objects=$(git -C "$TREE" -c safe.directory='*' rev-parse --path-format=absolute --git-path objects)
	GIT_OBJECT_DIRECTORY=$PACKAGES/objects GIT_ALTERNATE_OBJECT_DIRECTORIES=$objects GIT_INDEX_FILE=$PACKAGES/index \
		git -C "$TREE" -c safe.directory='*' -c user.name=tests -c user.email=tests@tare.invalid "$@"
}

# Prints the commit that has the files of the tree: HEAD where nothing has changed.
commit_tree()
{
	local files
	tree_git read-tree HEAD
	tree_git add --all
	files=$(tree_git write-tree)
	if [[ $files == "$(tree_git rev-parse 'HEAD^{tree}')" ]]; then
		tree_git rev-parse HEAD
	else
		tree_git commit-tree -p HEAD -m 'the tree of a test' "$files"
	fi
}

# release [OPTION...] DIR: scripts/release of that commit.
release()
{
	local objects
	objects=$(git -C "$TREE" -c safe.directory='*' rev-parse --path-format=absolute --git-path objects)
	GIT_OBJECT_DIRECTORY=$PACKAGES/objects GIT_ALTERNATE_OBJECT_DIRECTORIES=$objects \
		"$TREE/scripts/release" --commit "$(<"$PACKAGES/commit")" "$@"
}

# What each file of tests begins with.
set_up_packages()
{
	[[ -d ${PACKAGES-}/release ]] || { echo "PACKAGES is no directory of tests/package/make"; return 1; }
	VERSION=$(sed -n 's/^project(tare VERSION \([0-9.]*\).*/\1/p' "$TREE/CMakeLists.txt")
	TARBALL=$PACKAGES/release/tare-$VERSION.tar.gz
	# The names of architectures that dpkg and rpm have.
	DEB=$(echo "$PACKAGES/release/tare_$VERSION-1"_*.deb)
	RPM=$(echo "$PACKAGES/release/tare-$VERSION-1".*.rpm)
}

# fail TEXT...: why a test has failed.
fail()
{
	printf '%s\n' "$@"
	return 1
}

# same WANTED GOT: two texts are the same.
same()
{
	[[ $1 == "$2" ]] || { diff <(echo "$1") <(echo "$2"); return 1; }
}
