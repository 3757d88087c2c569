! Noah-OWP-Modular for ldas: models of a column each, made, stepped, read and set from outside.
! Built beside the model's own sources: see docs/noah_owp.md.
module noah_owp_ldas
  use iso_c_binding
  use RunModule
  implicit none
  integer, parameter :: to_us = 0, to_model = 1

contains

  function noah_new(text, length) bind(c) result(handle)
    integer(c_int), value :: length
    character(kind=c_char), intent(in) :: text(length)
    type(c_ptr) :: handle
    type(noahowp_type), pointer :: m
    character(len=length) :: path
    integer :: k
    do k = 1, length
      path(k:k) = text(k)
    end do
    allocate(m)
    call initialize_from_file(m, path)
    handle = c_loc(m)
  end function

  subroutine noah_step(handle) bind(c)
    type(c_ptr), value :: handle
    type(noahowp_type), pointer :: m
    call c_f_pointer(handle, m)
    call advance_in_time(m)
  end subroutine

  ! the step that comes next, counted from 0: the model's clock
  subroutine noah_clock(handle, step, way) bind(c)
    type(c_ptr), value :: handle
    integer(c_int), value :: way
    integer(c_int), intent(inout) :: step
    type(noahowp_type), pointer :: m
    call c_f_pointer(handle, m)
    if (way == to_model) then
      m%domain%itime = step + 1
      m%domain%time_dbl = dble(step) * m%domain%dt
    end if
    step = m%domain%itime - 1
  end subroutine

  ! sfctmp, sfcprs, soldn, lwdn, q2, uu, vv, prcp
  subroutine noah_force(handle, v) bind(c)
    type(c_ptr), value :: handle
    real(c_double), intent(in) :: v(8)
    type(noahowp_type), pointer :: m
    call c_f_pointer(handle, m)
    m%forcing%sfctmp = real(v(1))
    m%forcing%sfcprs = real(v(2))
    m%forcing%soldn = real(v(3))
    m%forcing%lwdn = real(v(4))
    m%forcing%q2 = real(v(5))
    m%forcing%uu = real(v(6))
    m%forcing%vv = real(v(7))
    m%forcing%prcp = real(v(8))
    m%forcing%prcpnonc = real(v(8))
  end subroutine

  ! evaporation (mm/s), runoff at the surface and below (mm/s), latent and sensible heat (W/m2)
  subroutine noah_fluxes(handle, v) bind(c)
    type(c_ptr), value :: handle
    real(c_double), intent(out) :: v(5)
    type(noahowp_type), pointer :: m
    call c_f_pointer(handle, m)
    v = [m%water%ecan + m%water%etran + 1000.0 * m%water%qseva, m%water%runsrf, m%water%runsub, &
         m%energy%lh, m%energy%fsh]
  end subroutine

  ! soil water (m3/m3), total and liquid, and everything else that the model carries along
  subroutine noah_state(handle, smc, sh2o, rest, way) bind(c)
    type(c_ptr), value :: handle
    real(c_double), intent(inout) :: smc(4), sh2o(4), rest(70)
    integer(c_int), value :: way
    type(noahowp_type), pointer :: m
    integer :: n
    call c_f_pointer(handle, m)
    n = 0
    if (way == to_model) then
      m%water%smc = real(smc)
      m%water%sh2o = real(sh2o)
    else
      smc = m%water%smc
      sh2o = m%water%sh2o
    end if
    associate (w => m%water, e => m%energy, d => m%domain)
      call several(w%sice)
      call several(w%snice)
      call several(w%snliq)
      call several(w%ficeold)
      call several(e%stc)
      call several(d%dzsnso)
      call several(d%zsnso)
      call whole(w%isnow)
      call one(w%canliq); call one(w%canice); call one(w%cmc); call one(w%fwet)
      call one(w%snowh); call one(w%sneqv); call one(w%sneqvo); call one(w%bdsno)
      call one(w%fsno); call one(w%zwt); call one(w%smcwtd); call one(w%qsnow)
      call one(w%asat); call one(w%facc); call one(w%acsnom); call one(w%ponding)
      call one(e%tv); call one(e%tg); call one(e%eah); call one(e%tah); call one(e%alb)
      call one(e%albold); call one(e%tauss); call one(e%fage); call one(e%cm); call one(e%ch)
      call one(e%qsfc); call one(e%igs)
      call truth(e%frozen_canopy)
      call truth(e%frozen_ground)
    end associate

  contains

    subroutine one(x)
      real, intent(inout) :: x
      n = n + 1
      if (way == to_model) then
        x = real(rest(n))
      else
        rest(n) = x
      end if
    end subroutine

    subroutine several(x)
      real, intent(inout) :: x(:)
      integer :: k
      do k = 1, size(x)
        call one(x(k))
      end do
    end subroutine

    subroutine whole(i)
      integer, intent(inout) :: i
      real :: x
      x = real(i)
      call one(x)
      i = nint(x)
    end subroutine

    subroutine truth(yes)
      logical, intent(inout) :: yes
      real :: x
      x = merge(1.0, 0.0, yes)
      call one(x)
      yes = x > 0.5
    end subroutine
  end subroutine
end module
