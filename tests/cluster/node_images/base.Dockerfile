# Debian with Python, made by debootstrap: stands in for the public base image where no registry is reached.
FROM scratch AS base
ADD base.tar /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["/bin/sh"]
