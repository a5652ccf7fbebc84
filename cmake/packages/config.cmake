# cpack reads this for each kind of package: its own tools take the time of all that has one from the environment.
set(ENV{SOURCE_DATE_EPOCH} ${CPACK_TARE_SECONDS})
